package org.cranelet.cli;

import io.grpc.Status.Code;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cranelet.cli.term.LiveLine;
import org.cranelet.cli.term.Terminal;
import org.cranelet.cli.term.WindowWidth;
import org.cranelet.proto.crane.JobStatus;
import org.cranelet.proto.node.InspectJobRequest;
import org.cranelet.proto.node.LogsRequest;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.StepDetail;
import org.cranelet.proto.node.StopStepRequest;
import org.cranelet.transport.RpcException;
import org.cranelet.transport.RpcStream;
import org.jspecify.annotations.Nullable;

/** A container in the foreground: its output here, its exit code ours, Ctrl-C stops it. */
final class RunSession {
  private static final int GRACE_SECONDS = 10;

  /** How long a daemon may be away (it is being restarted) before we give up; the job goes on. */
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  /** A restart within this time is nothing to tell of. */
  private static final long QUIET_NANOS = 3_000_000_000L;

  private static final long RETRY_MILLIS = 200;

  /** A stream that lasted so long was open: a new outage begins. */
  private static final long ANSWERED_NANOS = 5_000_000_000L;

  private final Client client;
  private final ContainerId id;
  private final long patienceNanos;
  private final long quietNanos;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final LiveLine line = new LiveLine(System.err);
  private final PullWatch pull;

  RunSession(Client client, ContainerId id) {
    this(client, id, PATIENCE_NANOS, QUIET_NANOS);
  }

  RunSession(Client client, ContainerId id, long patienceNanos, long quietNanos) {
    this.client = client;
    this.id = id;
    this.patienceNanos = patienceNanos;
    this.quietNanos = quietNanos;
    this.pull = new PullWatch(client, id, display(line));
  }

  private static PullDisplay display(LiveLine line) {
    return Terminal.onError()
        ? new PullBar(line, new WindowWidth(), InstantSource.system())
        : new PullLines(line::say, InstantSource.system());
  }

  /** Until the container has ended and all its output is out; the exit code. */
  int follow() throws InterruptedException {
    LogPrinter printer =
        new LogPrinter(
            false, pull::arrived, "ccon: " + id + " goes on without it: ccon stop " + id);
    Thread output = Thread.ofVirtual().start(() -> printLog(printer));
    StepDetail end;
    try {
      end = awaitEnd();
      output.join();
    } finally {
      pull.close();
    }
    explain(end);
    return end.getExitCode();
  }

  private void printLog(LogPrinter printer) {
    try {
      untilDone(
          () ->
              printer.print(
                  client.stream(
                      NodeGrpc.getLogsMethod(),
                      LogsRequest.newBuilder().setId(id.proto()).setFollow(true).build())),
          () -> {});
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RpcException | CliException e) {
      line.say("ccon: the output of " + id + " breaks off: " + e.getMessage());
    }
  }

  private StepDetail awaitEnd() throws InterruptedException {
    Watch watch = new Watch();
    untilDone(watch, this::tellOfTheOutage);
    StepDetail last = watch.last;
    if (last == null) {
      throw new CliException(CliException.NOT_RUN, "cranelet told no state of " + id);
    }
    return last;
  }

  private final class Watch implements Stream {
    private @Nullable StepDetail last;

    @Override
    public void read() throws InterruptedException {
      try (RpcStream<StepDetail> states =
          client.stream(NodeGrpc.getWatchStepMethod(), id.proto())) {
        for (Optional<StepDetail> s = states.next(); s.isPresent(); s = states.next()) {
          boolean first = last == null;
          last = s.get();
          if (first && s.get().getStatus() == JobStatus.Pending) {
            tellWhyItWaits();
          }
          tellOfThePull(s.get());
        }
      }
    }
  }

  private void tellOfThePull(StepDetail step) {
    if (step.hasStartedAt()) {
      pull.arrived();
    } else if (step.getStatus() != JobStatus.Pending && !Status.ended(step.getStatus())) {
      pull.begin();
    }
  }

  private void tellWhyItWaits() {
    String reason =
        client
            .call(
                NodeGrpc.getInspectJobMethod(),
                InspectJobRequest.newBuilder().setJobId(id.job()).build())
            .getReason();
    if (!reason.isEmpty()) {
      line.say("ccon: job " + id.job() + " waits: " + reason);
    }
  }

  private void tellOfTheOutage() {
    line.say(
        "ccon: cranelet does not answer; "
            + id
            + " goes on, and this waits up to "
            + Duration.ofNanos(patienceNanos).toSeconds()
            + " s for it");
  }

  private interface Stream {
    void read() throws InterruptedException;
  }

  /**
   * Reads a stream again if the daemon goes away meanwhile: a restart disturbs no job.
   *
   * @param outage called once for each time that the daemon is away for longer than a restart takes
   */
  private void untilDone(Stream stream, Runnable outage) throws InterruptedException {
    long since = 0; // when it went away, by nanoTime
    boolean away = false;
    boolean told = false;
    while (true) {
      long begin = System.nanoTime();
      try {
        stream.read();
        return;
      } catch (RpcException e) {
        if (e.code() != Code.UNAVAILABLE && e.code() != Code.CANCELLED) {
          throw e;
        }
        long now = System.nanoTime();
        if (!away || now - begin > ANSWERED_NANOS) {
          away = true;
          since = now;
          told = false;
        }
        if (now - since > patienceNanos) {
          throw client.unreachable(e);
        }
        if (!told && now - since >= quietNanos) {
          told = true;
          outage.run();
        }
        Thread.sleep(RETRY_MILLIS);
      }
    }
  }

  /** The first Ctrl-C. */
  void interrupted() {
    if (stopping.compareAndSet(false, true)) {
      line.say("ccon: stopping " + id + " (Ctrl-C again leaves it)");
      Thread.ofVirtual().start(this::stop);
    }
  }

  /** The second; this process ends at once. */
  void left() {
    line.say("ccon: left " + id + "; it goes on to its end, in its grace period at most: ccon ps");
  }

  private void stop() {
    try {
      client.call(
          NodeGrpc.getStopStepMethod(),
          StopStepRequest.newBuilder().setId(id.proto()).setGraceSeconds(GRACE_SECONDS).build());
    } catch (RpcException | CliException e) {
      line.say("ccon: cannot stop " + id + ": " + e.getMessage());
    }
  }

  private void explain(StepDetail end) {
    if (!end.getReason().isEmpty()) {
      line.say("ccon: " + id + " " + end.getStatus() + ": " + end.getReason());
    }
  }
}
