package org.cranelet.standalone;

import java.time.Instant;
import java.util.Optional;
import org.cranelet.job.JobSpec;
import org.cranelet.job.NewStep;
import org.cranelet.os.User;

/**
 * A job to be, as its user described it.
 *
 * @param owner whose it is
 * @param gid the group it runs with
 */
public record Submission(
    String name,
    User owner,
    int gid,
    ResourceRequest resources,
    Optional<Long> timeLimitSeconds,
    String submitHost,
    Instant submittedAt,
    JobSpec.PodWish pod,
    NewStep primary) {}
