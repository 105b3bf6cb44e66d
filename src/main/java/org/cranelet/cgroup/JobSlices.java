package org.cranelet.cgroup;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.cranelet.os.Commands;
import org.cranelet.pod.Contribution.ContributionException;
import org.cranelet.pod.PodContribution;
import org.cranelet.pod.PodSpec;
import org.cranelet.pod.Resources;
import org.jboss.logging.Logger;

/** One systemd slice per job, for runtimes that leave cgroups to systemd (systemd.slice(5)). */
public final class JobSlices implements PodContribution {
  private static final Logger LOG = Logger.getLogger(JobSlices.class);

  /** systemd answers at once, but not while a busy machine boots: there a stop took 25 s. */
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final String prefix;
  private final Commands commands;
  private final CgroupFs fs;

  /** {@code Id=cranelet-job_7.slice}, then {@code TasksCurrent=0}. */
  private final Pattern empty;

  /**
   * @param parent the configured parent, {@code /cranelet}: slices are {@code
   *     cranelet-job_<id>.slice}
   */
  public JobSlices(String parent, Commands commands) {
    this(parent, commands, CgroupFs.MOUNT);
  }

  JobSlices(String parent, Commands commands, Path mount) {
    this.prefix = parent.substring(1).replace('/', '-');
    this.commands = commands;
    this.fs = new CgroupFs(mount);
    this.empty =
        Pattern.compile(
            "Id="
                + Pattern.quote(prefix)
                + "-job_(\\d{1,18})\\.slice\\R+TasksCurrent=(?:0|\\[not set])$",
            Pattern.MULTILINE);
  }

  @Override
  public PodSpec apply(PodSpec spec, Resources resources) throws ContributionException {
    String slice = slice(spec.jobId());
    List<String> argv = new ArrayList<>(List.of("systemctl", "--runtime", "set-property", slice));
    argv.add(String.format(Locale.ROOT, "CPUQuota=%.1f%%", resources.cpus() * 100));
    argv.add("CPUWeight=" + CgroupFs.weight(resources));
    argv.add("MemoryMax=" + resources.memoryBytes());
    argv.add("MemorySwapMax=0");
    argv.add("TasksMax=" + (resources.pids() == 0 ? "infinity" : resources.pids()));
    try {
      Commands.Result result = commands.run(TIMEOUT, argv);
      if (!result.ok()) {
        throw new ContributionException(
            "cannot limit job " + spec.jobId() + ": systemctl: " + result.out());
      }
    } catch (IOException e) {
      throw new ContributionException("cannot limit job " + spec.jobId() + ": " + e.getMessage());
    }
    return spec.withCgroupParent(slice);
  }

  @Override
  public boolean undo(long jobId) {
    boolean stopped = systemctl("stop", jobId);
    // Also if the stop was too slow: it goes on without us.
    return systemctl("revert", jobId) && stopped;
  }

  private boolean systemctl(String verb, long jobId) {
    try {
      commands.run(TIMEOUT, List.of("systemctl", verb, slice(jobId)));
      return true;
    } catch (IOException e) {
      LOG.warnf("job=%d may have left its slice %s: %s", jobId, slice(jobId), e.getMessage());
      return false;
    }
  }

  /** A dash in a slice's name is a level of the hierarchy (systemd.slice(5)). */
  @Override
  public long memoryKills(long jobId) {
    String slice = slice(jobId);
    StringBuilder path = new StringBuilder();
    for (int dash = slice.indexOf('-'); dash >= 0; dash = slice.indexOf('-', dash + 1)) {
      path.append('/').append(slice, 0, dash).append(".slice");
    }
    return fs.memoryKills(path + "/" + slice);
  }

  @Override
  public String kind() {
    return "cgroup";
  }

  /** Only slices without a process: what runs in one may be another daemon's on this machine. */
  @Override
  public List<Long> remains(Set<Long> ours) {
    try {
      Commands.Result units =
          commands.run(
              TIMEOUT,
              List.of("systemctl", "show", "--property=Id,TasksCurrent", prefix + "-job_*.slice"));
      return empty.matcher(units.out()).results().map(m -> Long.parseLong(m.group(1))).toList();
    } catch (IOException e) {
      LOG.debugf("looking for left-over slices: %s", e.getMessage());
      return List.of();
    }
  }

  private String slice(long jobId) {
    return prefix + "-job_" + jobId + ".slice";
  }
}
