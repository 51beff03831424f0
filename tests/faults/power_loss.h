/*
** power_loss.h: what is on the disk after a power loss.
**
** SQLite's own crash tests keep writes in memory until they are synced, and drop, keep or
** damage each of them when the simulated crash comes. This does the same. While it
** watches, the VFS "faults" reports everything that changes databases, journals and
** WALs. power_lose() then replaces the files by what a disk could have kept:
**
** - What was synced is there.
** - Of the writes to a file since its last xSync, each by itself is there, is
**   not there, has only made the file longer (with zeros), or is torn: each of
**   its sectors of 512 bytes is there, is not there, or is garbage. So later
**   writes may be there and earlier ones not. Bytes outside of a write are never
**   harmed: that is what the unix VFS promises (SQLITE_IOCAP_POWERSAFE_OVERWRITE).
** - A truncation since the last xSync is there or not, likewise.
** - The creation of a file is certain only once its folder was synced, which the unix VFS
**   does at the first xSync of a new journal or WAL. Its removal is certain at the next
**   such sync, or at once if xDelete is asked to sync (SQLite asks with
**   synchronous=EXTRA). Before that, a coin decides for each name.
** - In one loss of eight nothing survives that was not synced, in another one everything.
**   In the others a random share survives.
** - The WAL's index, which is in memory, is gone.
**
** Not modelled: disks that report a sync and have not done it, damage to what
** was synced, and sectors larger than 512 bytes that are harmed as a whole.
*/
#ifndef STRATA_TEST_POWER_LOSS_H
#define STRATA_TEST_POWER_LOSS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct power_file power_file;

/* Watch what connections do that are opened from now on, until power_lose() or power_end(). */
void power_watch(void);
void power_end(void);

/* The power is gone: ignore everything that is reported from now on. */
void power_cut(void);

/* Once the connections are closed: replace the files by what the disk has. */
void power_lose(uint64_t *random);

/* The totals of all losses: how many changes were not synced, and how many of them did not survive whole. */
extern long power_at_stake, power_harmed;

/* For the VFS. The file may be NULL, where it is not watched. Call power_opening() before it is opened. */
power_file *power_opening(const char *path, int flags);
void power_wrote(power_file *file, const void *bytes, int n, sqlite3_int64 at);
void power_truncated(power_file *file, sqlite3_int64 size);
void power_synced(power_file *file);
void power_removed(const char *path, bool for_sure);

#endif
