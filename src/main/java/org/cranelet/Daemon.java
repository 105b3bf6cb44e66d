package org.cranelet;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.scheduler.Scheduler;
import io.quarkus.scheduler.Trigger;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.cranelet.api.Api;
import org.cranelet.cgroup.JobCgroups;
import org.cranelet.cgroup.JobSlices;
import org.cranelet.config.ContainerSettings;
import org.cranelet.config.CraneConfig;
import org.cranelet.cri.CgroupDriver;
import org.cranelet.cri.EndWatcher;
import org.cranelet.cri.ImageClient;
import org.cranelet.cri.RuntimeClient;
import org.cranelet.cri.RuntimeMonitor;
import org.cranelet.cri.RuntimeVersion;
import org.cranelet.cri.containerd.Downloads;
import org.cranelet.health.Condition;
import org.cranelet.image.ImageServices;
import org.cranelet.image.LoginFinder;
import org.cranelet.job.Engine;
import org.cranelet.job.Journal;
import org.cranelet.job.LeftOvers;
import org.cranelet.metrics.Meters;
import org.cranelet.mount.PinnedMounts;
import org.cranelet.os.BootMoment;
import org.cranelet.os.ChildProcesses;
import org.cranelet.os.Commands;
import org.cranelet.os.Rounds;
import org.cranelet.os.Users;
import org.cranelet.pod.Contribution.ContributionException;
import org.cranelet.pod.PodContribution;
import org.cranelet.pod.PodSpec;
import org.cranelet.pod.Resources;
import org.cranelet.standalone.Standalone;
import org.cranelet.transport.RpcClient;
import org.cranelet.transport.RpcServer;
import org.cranelet.workspace.JournalStore;
import org.cranelet.workspace.StepLogs;
import org.cranelet.workspace.Workspace;
import org.jboss.logging.Logger;

/** The daemon: {@link #serve} puts the parts together, from top to bottom. */
public class Daemon implements QuarkusApplication {
  private static final Logger LOG = Logger.getLogger(Daemon.class);

  /** The scheduled job's name. */
  private static final String PRE_PULL = "pre-pull";

  private final CraneConfig config;
  private final Vertx vertx;
  private final MeterRegistry registry;
  private final Scheduler scheduler;
  private final Condition condition;

  /** What was opened, the last first. */
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  Daemon(MeterRegistry registry, Vertx vertx, Scheduler scheduler, Condition condition) {
    this.config = Main.configToServe();
    this.vertx = vertx;
    this.registry = registry;
    this.scheduler = scheduler;
    this.condition = condition;
  }

  @Override
  public int run(String... args) {
    try {
      config.warnings().forEach(LOG::warn);
      serve();
      LOG.infof(
          "cranelet %s serves node %s on %s", Version.TEXT, config.node().name(), config.socket());
      Quarkus.waitForExit();
      return 0;
    } catch (IOException e) {
      LOG.errorf("cannot start: %s", e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    } finally {
      closeAll();
    }
  }

  private void serve() throws IOException, InterruptedException {
    RpcServer server = new RpcServer(vertx);
    Supplier<Condition.Readiness> readiness =
        config.container().enabled() ? serveContainers(server) : serveNothing(server);
    opened(server).listen(config.socket()); // closed first: no new work while the rest stops
    condition.started(readiness);
  }

  private Supplier<Condition.Readiness> serveNothing(RpcServer server) {
    Api.registerDisabled(server, config, Version.TEXT);
    return () -> new Condition.Readiness(true, "container feature not enabled");
  }

  private Supplier<Condition.Readiness> serveContainers(RpcServer server) throws IOException {
    ContainerSettings settings = config.container();
    Workspace workspace = opened(Workspace.open(settings.tempDir()));
    Commands commands = new ChildProcesses();
    Meters meters = new Meters(registry);

    RpcClient runtimeRpc = opened(new RpcClient(vertx, settings.runtime()));
    RpcClient imageRpc = opened(new RpcClient(vertx, settings.imageService()));
    RuntimeClient runtime =
        new RuntimeClient(runtimeRpc, settings.deadlines(), workspace.instance(), meters);
    RuntimeMonitor monitor = opened(new RuntimeMonitor(runtime.facts()));
    EndWatcher ends =
        opened(new EndWatcher(runtime, monitor, runtimeRpc, settings.relistInterval()));
    ImageServices images =
        opened(
            ImageServices.open(
                settings,
                workspace.images(),
                workspace.instance(),
                new ImageClient(imageRpc, settings.deadlines(), meters),
                runtime,
                new Downloads(imageRpc),
                new LoginFinder.OfFiles(),
                meters));
    StepLogs logs = new StepLogs(workspace.logs(), commands);

    Engine engine =
        new Engine(
            BootMoment::now,
            workspace.instance(),
            settings,
            runtime,
            ends,
            images.images(),
            images.logins(),
            List.of(
                new CgroupsByDriver(
                    monitor,
                    new JobCgroups(settings.cgroupParent()),
                    new JobSlices(settings.cgroupParent(), commands))),
            List.of(new PinnedMounts(workspace.mounts(), commands)),
            logs,
            new Journal(new JournalStore(workspace.journal())),
            meters);
    Standalone cluster =
        new Standalone(config, engine, workspace.drained(), () -> monitor.state().problem());
    opened(cluster.jobs());
    LeftOvers leftOvers = new LeftOvers(engine, cluster.jobs());
    Api.register(
        server,
        config,
        Version.TEXT,
        new Users(commands),
        cluster,
        leftOvers,
        images,
        this::nextPrePull,
        () -> runtimeState(monitor, engine.journal()));

    images.collector().keep(cluster.jobs()::imagesWanted);
    monitor.start();
    ends.start();
    cluster.goOn();
    Rounds rounds = opened(new Rounds());
    rounds.every(Duration.ofSeconds(5), "left-overs", leftOvers::removeOld);
    rounds.every(Duration.ofMinutes(1), "forget-old-jobs", cluster.jobs()::forgetOld);
    rounds.every(Duration.ofSeconds(1), "look-again", cluster::lookAgain);
    careForImages(settings, images, rounds, meters);
    meters.stepsWatched(ends::watched);
    meters.runtimeReady(() -> monitor.state().ready() ? 1 : 0);
    if (settings.userNsEnabledByDefault()) {
      LOG.info("user namespaces are not there yet: UserNsEnabledByDefault counts as false");
    }
    if (!config.node().declared()) {
      LOG.warnf("node %s is not in Nodes: using what the machine has", config.node().name());
    }
    return () -> readiness(monitor, engine.journal());
  }

  private void careForImages(
      ContainerSettings settings, ImageServices images, Rounds rounds, Meters meters) {
    rounds.every(Duration.ofSeconds(1), "watch-pulls", images.watch()::look);
    rounds.every(settings.images().collectInterval(), "collect-images", images.collector()::look);
    settings
        .prePull()
        .schedule()
        .ifPresent(
            cron ->
                scheduler
                    .newJob(PRE_PULL)
                    .setCron(cron)
                    .setTask(execution -> images.prePuller().runLists())
                    .schedule());
    images.prePuller().start();
    rounds.every(Duration.ofSeconds(2), "pre-pull-lists", images.prePuller()::lookAgain);
    meters.imagePulls(images.puller()::runningCount, images.puller()::queuedCount);
    meters.imageFileSystem(images.collector()::usedRatio);
  }

  private Optional<Instant> nextPrePull() {
    return Optional.ofNullable(scheduler.getScheduledJob(PRE_PULL)).map(Trigger::getNextFireTime);
  }

  private static Api.RuntimeState runtimeState(RuntimeMonitor monitor, Journal journal) {
    String version = monitor.state().version().map(RuntimeVersion::toString).orElse("");
    Condition.Readiness readiness = readiness(monitor, journal);
    return new Api.RuntimeState(version, readiness.ready() ? "" : readiness.detail());
  }

  private static Condition.Readiness readiness(RuntimeMonitor monitor, Journal journal) {
    RuntimeMonitor.State state = monitor.state();
    if (!state.ready()) {
      return new Condition.Readiness(false, state.problem());
    }
    return journal.problem().isEmpty()
        ? new Condition.Readiness(true, state.version().map(RuntimeVersion::toString).orElse(""))
        : new Condition.Readiness(false, journal.problem());
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  private void closeAll() {
    for (AutoCloseable part : open) {
      try {
        part.close();
      } catch (Exception e) {
        LOG.warnf("closing %s: %s", part.getClass().getSimpleName(), e.getMessage());
      }
    }
  }

  /** Which kind of cgroup parent the runtime wants is known once it answered. */
  private record CgroupsByDriver(RuntimeMonitor monitor, JobCgroups paths, JobSlices slices)
      implements PodContribution {
    private PodContribution chosen() {
      return monitor.driver() == CgroupDriver.SYSTEMD ? slices : paths;
    }

    @Override
    public PodSpec apply(PodSpec spec, Resources resources) throws ContributionException {
      return chosen().apply(spec, resources);
    }

    @Override
    public boolean undo(long jobId) {
      return chosen().undo(jobId);
    }

    @Override
    public long memoryKills(long jobId) {
      return paths.memoryKills(jobId) + slices.memoryKills(jobId); // one of them is not there
    }

    @Override
    public String kind() {
      return "cgroup";
    }

    @Override
    public List<Long> remains(Set<Long> ours) {
      return monitor.state().driver().isEmpty() ? List.of() : chosen().remains(ours);
    }
  }
}
