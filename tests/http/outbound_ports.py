"""What files, exports and webhooks stand on in a test of the HTTP shell."""

from collections.abc import Mapping
from typing import Any

from deepspace_adapters.memory.exports import MemoryExports
from deepspace_adapters.memory.files import MemoryFiles
from deepspace_adapters.memory.objects import MemoryObjects
from deepspace_adapters.memory.webhooks import MemoryDeliveries, MemoryEndpoints, MemoryHappenings
from deepspace_adapters.memory.work import MemoryPartitions
from deepspace_adapters.parquet.encoder import ArrowParquetEncoder
from deepspace_core.exports import ExportRows, Exports, ParquetEncoder
from deepspace_core.files import FileLimits, Files
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.outgoing import Outgoing
from deepspace_core.webhooks import Deliveries, Endpoints, Happenings
from deepspace_core.work.ports import Partitions
from deepspace_core.work.use_cases.archive import RetentionPolicy
from tests.core.exports.rows import GivenRows
from tests.fakes import ScriptedOutgoing


def outbound_ports(clock: Clock) -> Mapping[Any, object]:
    """A store that holds little, and a way out on which nothing leaves."""
    return {
        Files: MemoryFiles(),
        FileLimits: FileLimits(file_bytes_max=1_000, org_bytes_max=2_500),
        ObjectStore: MemoryObjects(),
        Outgoing: ScriptedOutgoing(),
        Exports: MemoryExports(),
        ExportRows: GivenRows(),
        ParquetEncoder: ArrowParquetEncoder(),
        Endpoints: MemoryEndpoints(),
        Deliveries: MemoryDeliveries(),
        Happenings: MemoryHappenings(clock),
        Partitions: MemoryPartitions(),
        RetentionPolicy: RetentionPolicy({"usage_records": 12}),
    }
