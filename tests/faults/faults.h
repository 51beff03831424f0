/*
** faults.h: when something fails. A counter counts the calls that could fail and decides
** which does: only the Nth, or the Nth and all after it.
*/
#ifndef STRATA_TEST_FAULTS_H
#define STRATA_TEST_FAULTS_H

#include <stdbool.h>

typedef struct faults {
  bool armed;
  bool for_good; /* also everything after the Nth */
  long at;       /* N, from 1 */
  long seen;     /* calls while armed */
  long hits;     /* how many of them failed */
} faults;

static inline void faults_arm(faults *f, long at, bool for_good) {
  *f = (faults){.armed = true, .for_good = for_good, .at = at};
}

static inline bool faults_strike(faults *f) {
  if (!f->armed) return false;
  f->seen++;
  if (f->seen != f->at && !(f->for_good && f->seen > f->at)) return false;
  f->hits++;
  return true;
}

#endif
