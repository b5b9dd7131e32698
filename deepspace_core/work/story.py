"""How a job tells itself in the story of its trace."""

from deepspace_core.kernel.ids import show_id
from deepspace_core.work.job import JobRun


def told_job(job: JobRun) -> tuple[str, dict[str, object]]:
    """A line for a person, and details for a program (JSON-safe, ids in their edge form)."""
    title = f"job {job.name} {job.state}" + (f" after {job.attempts} attempts" if job.attempts > 1 else "")
    details: dict[str, object] = {
        "job_id": show_id("job", job.id),
        "name": job.name,
        "state": job.state.value,
        "org_id": job.org_id and show_id("org", job.org_id),
        "attempts": job.attempts,
        "error": job.error,
        "started_at": job.started_at and job.started_at.isoformat(),
        "finished_at": job.finished_at and job.finished_at.isoformat(),
    }
    return title, {name: value for name, value in details.items() if value is not None}
