/*
** made_up_dialect.h: a version "2" that has other names for some things, and some things
** that are retired. It shows that another version needs only an entry like this one.
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
