/*
** test_power_loss.c: the power fails while a restore runs, or just after it.
**
** It fails at the Nth write, sync, truncation, opening or removal of a file, and right
** after the restore has reported success. Of what was not synced, a random part survives
** (power_loss.h). Then SQLite's own VFS opens and recovers the database: it is sound, and
** has exactly the old content or exactly the new; and the new if the restore had reported
** success and the journal mode is durable. Replace and merge; rollback journals that are
** removed, truncated and kept, and a WAL that the commit checkpoints. A transaction
** before the restore leaves its journal or WAL behind.
**
** With synchronous=OFF the losses damage the database, which shows that they do harm.
**
** 120 losses in the quick form, 1,236 in the long one (STRATA_LONG=1).
*/
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crash.h"
#include "fault_vfs.h"
#include "power_loss.h"

#include <stdio.h>

/* Whether a completed restore must survive a power loss: SQLite's documentation of "PRAGMA synchronous" says which modes
** are durable. */
typedef struct durable_scene {
  crash_scene crash;
  bool lasts;
} durable_scene;

static uint64_t random_state = 20250115;
static long losses, left_old, left_new, done_losses, unsure, undone;

/* Restore, and lose the power at the Nth call or right after the end. Returns whether the restore reported success. */
static bool restore_and_lose(const crash_scene *s, long n) {
  crash_old_files();
  power_watch();
  sqlite3 *db = crash_open(s);
  bool done = crash_restore(db, s, n, true);
  power_cut();
  faults_arm(&disk, 1, true);
  sqlite3_close(db);
  disk.armed = false;
  power_lose(&random_state);
  return done;
}

static void lose_once(const durable_scene *scene, long n) {
  const crash_scene *s = &scene->crash;
  char where[128];
  snprintf(where, sizeof where, "%s: call %ld of %ld", s->name, n, s->writes);
  bool done = restore_and_lose(s, n);
  if (!done && n > s->writes) fail_msg("%s: the restore failed", where);
  uint64_t now = crash_picture(where);
  if (now != s->old_picture && now != s->new_picture) fail_msg("%s: neither old nor new", where);
  if (done && scene->lasts && now != s->new_picture) fail_msg("%s: done, and not there", where);
  losses++;
  done_losses += done;
  unsure += done && !scene->lasts;
  undone += done && now == s->old_picture;
  *(now == s->old_picture ? &left_old : &left_new) += 1;
}

/* The first call, the last ones, which commit, right after the end, and between these at random. */
static void power_losses_leave_old_or_new(void **state) {
  durable_scene *scene = *state;
  crash_scene *s = &scene->crash;
  crash_measure(s);
  long times = is_long() ? 34 : 3;
  lose_once(scene, 1);
  for (long i = 0; i < times; i++) {
    lose_once(scene, 1 + (long)(next_random(&random_state) % (uint64_t)s->writes));
    lose_once(scene, s->writes - (long)(next_random(&random_state) % 10));
    lose_once(scene, s->writes + 1);
  }
}

static void losses_without_syncs_do_damage(void **state) {
  durable_scene *scene = *state;
  crash_scene *s = &scene->crash;
  crash_measure(s);
  for (int i = 0; i < 100; i++) {
    restore_and_lose(s, 1 + (long)(next_random(&random_state) % (uint64_t)s->writes));
    uint64_t now = crash_picture_if_sound();
    if (now != s->old_picture && now != s->new_picture) return;
  }
  fail_msg("100 power losses without a sync have done no damage");
}

static int setup(void **state) {
  (void)state;
  crash_begin(1000, false);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  crash_end();
  printf(
      "power losses: %ld, of which %ld left the old content and %ld the new; %ld came after the restore was "
      "done, %ld of these where SQLite does not promise to keep it, which undid %ld; %ld of %ld changes that "
      "were not synced were lost or torn\n",
      losses, left_old, left_new, done_losses, unsure, undone, power_harmed, power_at_stake);
  return 0;
}

#define SCENE(mode, journal, sync, lasts)                                                                    \
  {                                                                                                          \
    {mode ", " journal ", synchronous=" sync,                                                                \
     mode,                                                                                                   \
     "PRAGMA journal_mode=" journal "; PRAGMA synchronous=" sync                                             \
     "; PRAGMA wal_autocheckpoint=50; PRAGMA user_version=1",                                                \
     0,                                                                                                      \
     0,                                                                                                      \
     0,                                                                                                      \
     0},                                                                                                     \
        lasts                                                                                                \
  }
#define BOTH(journal, sync, lasts)                                                                           \
  SCENE("replace", journal, sync, lasts), SCENE("merge", journal, sync, lasts)

int main(void) {
  static durable_scene scenes[] = {
      BOTH("DELETE", "FULL", false), /* the removal of the journal is synced by EXTRA only */
      BOTH("DELETE", "EXTRA", true), BOTH("TRUNCATE", "FULL", true), BOTH("PERSIST", "FULL", true),
      BOTH("WAL", "FULL", true),     BOTH("WAL", "NORMAL", false),
  };
  static durable_scene control[] = {BOTH("DELETE", "OFF", false), BOTH("WAL", "OFF", false)};
  static struct CMUnitTest tests[16];
  size_t count = 0;
  for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
    tests[count++] =
        (struct CMUnitTest){scenes[i].crash.name, power_losses_leave_old_or_new, NULL, NULL, &scenes[i]};
  for (size_t i = 0; i < sizeof control / sizeof *control; i++)
    tests[count++] =
        (struct CMUnitTest){control[i].crash.name, losses_without_syncs_do_damage, NULL, NULL, &control[i]};
  fault_vfs_install();
  return _cmocka_run_group_tests("power losses", tests, count, setup, teardown);
}
