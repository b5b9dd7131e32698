"""The schedules that the product brings along: what runs when. Times are UTC.

The database keeps them from a deployment's first start on, where an operator may change or disable one; a release that
wants another time for an existing schedule says so in a migration.
"""

from deepspace_core.work import ScheduleDeclaration, Timetable
from deepspace_worker.actors import audit, channels, exports, files, identity, ledger, pipeline, usage, webhooks, work

SCHEDULES = (
    # Every ten seconds: a hold past its time keeps money from its owner until somebody writes that down.
    ScheduleDeclaration("ledger.sweep_expired_holds", Timetable("*/10 * * * * *"), ledger.SWEEP_EXPIRED_HOLDS.name),
    # In the small hours: it reads every row there is. Its result is the event `ledger.audited`.
    ScheduleDeclaration("ledger.audit", Timetable("5 2 * * *"), ledger.AUDIT.name),
    # A minute past each hour for the hour that is over, and every five minutes for records that came late.
    ScheduleDeclaration("usage.roll_up", Timetable("1-59/5 * * * *"), usage.ROLL_UP.name),
    ScheduleDeclaration("audit.seal", Timetable("* * * * *"), audit.SEAL.name),
    # After the books' audit: it reads every event there is. Its result is the event `audit.verified`.
    ScheduleDeclaration("audit.verify", Timetable("25 2 * * *"), audit.VERIFY.name),
    # Every five minutes: what an organization keeps beyond its bound is gone by then.
    ScheduleDeclaration(
        "pipeline.prune_idempotency_keys", Timetable("30 */5 * * * *"), pipeline.PRUNE_IDEMPOTENCY_KEYS.name
    ),
    ScheduleDeclaration("channels.check", Timetable("* * * * *"), channels.CHECK.name),
    # Twenty minutes past, so that answers that ended at the hour stand in both books.
    ScheduleDeclaration("usage.reconcile", Timetable("20 * * * *"), channels.RECONCILE.name),
    ScheduleDeclaration("usage.compare_books", Timetable("40 2 * * *"), usage.COMPARE_BOOKS.name),
    ScheduleDeclaration("partitions.make_ahead", Timetable("15 3 * * *"), work.MAKE_PARTITIONS_AHEAD.name),
    # What autovacuum does for each month it does not do for the whole, by which a year's question is planned.
    ScheduleDeclaration("partitions.analyze", Timetable("10 4 * * *"), work.ANALYZE.name),
    ScheduleDeclaration("partitions.archive", Timetable("30 4 2 * *"), work.ARCHIVE.name),
    ScheduleDeclaration("identity.prune_sessions", Timetable("30 3 * * *"), identity.PRUNE_SESSIONS.name),
    ScheduleDeclaration("files.sweep_uploads", Timetable("20 * * * *"), files.SWEEP_UPLOADS.name),
    ScheduleDeclaration("exports.sweep", Timetable("40 * * * *"), exports.SWEEP.name),
    ScheduleDeclaration("webhooks.publish", Timetable("*/5 * * * * *"), webhooks.PUBLISH.name),
    ScheduleDeclaration("webhooks.watch_wallets", Timetable("* * * * *"), webhooks.WATCH_WALLETS.name),
    ScheduleDeclaration("webhooks.prune", Timetable("50 3 * * *"), webhooks.PRUNE.name),
    ScheduleDeclaration("work.prune", Timetable("45 3 * * *"), work.PRUNE.name),
)
