package org.cranelet.job;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.cranelet.cri.ContainerPhase;
import org.cranelet.cri.Labels;
import org.cranelet.cri.Patiently;
import org.cranelet.cri.SandboxInfo;
import org.cranelet.pod.Contribution.ContributionException;
import org.cranelet.pod.DnsConfig;
import org.cranelet.pod.PodContribution;
import org.cranelet.pod.PodSpec;

/** A job's one pod sandbox. Steps that need it at the same time get the same one. */
final class PodKeeper {
  private static final long UNSEEN = -1;

  private final Engine engine;
  private final JobRunner job;
  private final ReentrantLock lock = new ReentrantLock();

  /** The kernel's count of {@link PodContribution#memoryKills} as it was when last looked at. */
  private final AtomicLong memoryKills = new AtomicLong(UNSEEN);

  /** A sandbox that is there, and what it was made from. */
  record Pod(String sandboxId, PodSpec spec) {}

  PodKeeper(Engine engine, JobRunner job) {
    this.engine = engine;
    this.job = job;
  }

  /**
   * The sandbox: found by its labels, or made now.
   *
   * @param wanted throws once the step that needs it is to end; asked before each try
   * @throws ContributionException if the job cannot have its limits, or its sandbox died under a
   *     container that still runs
   * @throws org.cranelet.cri.CriException.Refused if the runtime will not make it
   */
  Pod ensure(Runnable wanted) throws ContributionException, InterruptedException {
    return Patiently.get(
        () -> {
          wanted.run();
          return findOrMakeAlone();
        });
  }

  private Pod findOrMakeAlone() throws ContributionException, InterruptedException {
    lock.lockInterruptibly();
    try {
      return findOrMake();
    } finally {
      lock.unlock();
    }
  }

  private Pod findOrMake() throws ContributionException, InterruptedException {
    boolean died = false;
    for (SandboxInfo s : mine()) {
      if (s.ready()) {
        return new Pod(s.id(), contribute(spec(s.uid(), s.attempt())));
      }
      if (isNeeded(s)) {
        throw new ContributionException(
            "the sandbox of job " + job.jobId() + " has died: no step can be added to it");
      }
      removeSandbox(engine, s.id());
      died = true;
    }
    // An earlier call may be in flight: under its name the runtime makes no second sandbox.
    JobRecord record = job.view();
    if (died || record.podUid().isEmpty()) {
      record = job.newPodTry(UUID.randomUUID().toString());
    }
    PodSpec spec = contribute(spec(record.podUid(), record.podAttempt()));
    return new Pod(engine.runtime().runPodSandbox(spec), spec);
  }

  /** Whether a container in it runs, or has ended and its step has not recorded that yet. */
  private boolean isNeeded(SandboxInfo sandbox) {
    return engine
        .runtime()
        .listContainers(Map.of(Labels.JOB_ID, Long.toString(job.jobId())))
        .stream()
        .filter(c -> c.sandboxId().equals(sandbox.id()) && c.phase() != ContainerPhase.CREATED)
        .anyMatch(c -> job.view().step(c.stepId()).stream().anyMatch(s -> s.outcome().isEmpty()));
  }

  boolean isReady(String sandboxId) {
    return mine().stream().anyMatch(s -> s.ready() && s.id().equals(sandboxId));
  }

  /** Removes every sandbox of this job, its containers with it, and what was made for the pod. */
  void remove() throws InterruptedException {
    Patiently.run(() -> mine().forEach(s -> removeSandbox(engine, s.id())));
    Patiently.run(() -> engine.podContributions().forEach(c -> c.undo(job.jobId())));
  }

  /** To be called before a step may use memory: what was killed earlier is not of its doing. */
  void watchMemory() {
    if (memoryKills.get() == UNSEEN) {
      memoryKills.compareAndSet(UNSEEN, countMemoryKills());
    }
  }

  /** Whether the kernel has killed a process of the job for want of memory since the last look. */
  boolean killedForMemory() {
    long kills = countMemoryKills();
    return memoryKills.getAndSet(kills) < kills;
  }

  private long countMemoryKills() {
    return engine.podContributions().stream().mapToLong(c -> c.memoryKills(job.jobId())).sum();
  }

  static void removeSandbox(Engine engine, String id) {
    engine.runtime().stopPodSandbox(id);
    engine.runtime().removePodSandbox(id);
  }

  private List<SandboxInfo> mine() {
    return engine.runtime().listSandboxes(Map.of(Labels.JOB_ID, Long.toString(job.jobId())));
  }

  private PodSpec contribute(PodSpec spec) throws ContributionException {
    PodSpec all = spec;
    for (PodContribution c : engine.podContributions()) {
      all = c.apply(all, job.view().spec().resources());
    }
    return all;
  }

  private PodSpec spec(String uid, int attempt) {
    JobSpec j = job.view().spec();
    String name = "job-" + j.jobId() + "-" + j.node();
    return new PodSpec(
        j.jobId(),
        name,
        uid,
        attempt,
        j.pod().hostNetwork() ? "" : hostname(name),
        j.pod().hostNetwork(),
        j.pod().ports(),
        dns(j.pod().dnsServers()),
        "",
        engine.logs().directory(j.jobId()).toString(),
        labels(j),
        j.pod().annotations());
  }

  /** A label of a host name has 63 characters at most (RFC 1123). */
  private static String hostname(String name) {
    String plain = name.replaceAll("[^A-Za-z0-9-]", "-");
    return plain.length() <= 63 ? plain : plain.substring(0, 63).replaceAll("-+$", "");
  }

  private Optional<DnsConfig> dns(List<String> servers) {
    Optional<DnsConfig> configured =
        engine
            .settings()
            .dns()
            .map(d -> new DnsConfig(d.servers(), d.searchDomains(), d.options()));
    if (servers.isEmpty()) {
      return configured;
    }
    return Optional.of(
        new DnsConfig(
            servers,
            configured.map(DnsConfig::searches).orElse(List.of()),
            configured.map(DnsConfig::options).orElse(List.of())));
  }

  private Map<String, String> labels(JobSpec j) {
    Map<String, String> labels = new HashMap<>(j.pod().labels());
    labels.putAll(jobLabels(j, engine.instance()));
    return labels;
  }

  /** The labels that CraneSched's pods and containers bear, and our instance's. */
  static Map<String, String> jobLabels(JobSpec j, String instance) {
    return Map.of(
        Labels.CRANESCHED, "true",
        Labels.JOB_ID, Long.toString(j.jobId()),
        Labels.UID, Integer.toUnsignedString(j.owner().uid()),
        Labels.JOB_NAME, j.name(),
        Labels.INSTANCE, instance);
  }
}
