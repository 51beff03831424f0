/*
** made_up_dialect.h: a version "2" that calls some things otherwise, and has some
** that are gone: what an older or newer version needs is an entry like this one.
** Compiled into dialect.c for test_dialect.c.
*/
#define STRATA_MADE_UP_DIALECTS                                                                              \
  {.version = "2",                                                                                           \
   .renamed = (const strata_name_change[]){{NULL, "labels", "tags"},                                         \
                                           {"tags", "title", "name"},                                        \
                                           {NULL, "labelsOnAssets", "tagsOnAssets"},                         \
                                           {"tagsOnAssets", "labelId", "tagId"},                             \
                                           {NULL, NULL, NULL}},                                              \
   .retired =                                                                                                \
       (const strata_name_change[]){{NULL, "moods", NULL}, {"tags", "color", NULL}, {NULL, NULL, NULL}}},
