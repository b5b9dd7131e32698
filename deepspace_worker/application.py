"""The use cases that the product's jobs call; what is not named here no job can do."""

from dataclasses import dataclass

from deepspace_core.audit.sealing_use_cases import RecordVerification, SealAudit
from deepspace_core.channels.use_cases import CheckChannels
from deepspace_core.exports.use_cases import SweepExports, WriteExport
from deepspace_core.files.use_cases import EraseFile, SweepUploads
from deepspace_core.identity.use_cases import PruneSessions
from deepspace_core.ledger.oversight_use_cases import RecordAudit
from deepspace_core.ledger.use_cases import SweepExpiredHolds
from deepspace_core.pipeline.use_cases import PruneIdempotencyKeys
from deepspace_core.usage.agreement_use_cases import CompareLastDays
from deepspace_core.usage.full_hours_use_cases import ReconcileFullHours
from deepspace_core.usage.use_cases import RollUpUsage
from deepspace_core.webhooks.use_cases import DeliverWebhook, PruneDeliveries, PublishHappenings, WatchWallets
from deepspace_core.work import AnalyzeTables, ArchiveMonths, MakePartitionsAhead, PruneJobs
from deepspace_worker.actors import audit, channels, exports, files, identity, ledger, pipeline, usage, webhooks, work
from deepspace_worker.board import Board


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What the product's jobs do."""

    sweep_expired_holds: SweepExpiredHolds
    record_audit: RecordAudit
    roll_up_usage: RollUpUsage
    compare_last_days: CompareLastDays
    check_channels: CheckChannels
    reconcile_full_hours: ReconcileFullHours
    seal_audit: SealAudit
    record_verification: RecordVerification
    prune_sessions: PruneSessions
    erase_file: EraseFile
    sweep_uploads: SweepUploads
    write_export: WriteExport
    sweep_exports: SweepExports
    deliver_webhook: DeliverWebhook
    publish_happenings: PublishHappenings
    watch_wallets: WatchWallets
    prune_deliveries: PruneDeliveries
    prune_idempotency_keys: PruneIdempotencyKeys
    prune_jobs: PruneJobs
    make_partitions_ahead: MakePartitionsAhead
    analyze_tables: AnalyzeTables
    archive_months: ArchiveMonths

    def register(self, board: Board) -> None:
        """Signs all of the product's actors up."""
        ledger.register(board, sweep_expired_holds=self.sweep_expired_holds, record_audit=self.record_audit)
        usage.register(board, roll_up_usage=self.roll_up_usage, compare_last_days=self.compare_last_days)
        channels.register(board, check_channels=self.check_channels, reconcile_full_hours=self.reconcile_full_hours)
        audit.register(board, seal_audit=self.seal_audit, record_verification=self.record_verification)
        identity.register(board, prune_sessions=self.prune_sessions)
        files.register(board, erase_file=self.erase_file, sweep_uploads=self.sweep_uploads)
        exports.register(board, write_export=self.write_export, sweep_exports=self.sweep_exports)
        webhooks.register(
            board,
            deliver_webhook=self.deliver_webhook,
            publish_happenings=self.publish_happenings,
            watch_wallets=self.watch_wallets,
            prune_deliveries=self.prune_deliveries,
        )
        pipeline.register(board, prune_idempotency_keys=self.prune_idempotency_keys)
        work.register(
            board,
            prune_jobs=self.prune_jobs,
            make_partitions_ahead=self.make_partitions_ahead,
            analyze_tables=self.analyze_tables,
            archive_months=self.archive_months,
        )
