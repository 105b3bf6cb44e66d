package org.cranelet.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** cranelet's own metrics. Names end up as {@code cranelet_…} at {@code /q/metrics}. */
public final class Meters {
  private final MeterRegistry registry;

  public Meters(MeterRegistry registry) {
    this.registry = registry;
  }

  /** One call to the runtime: {@code cranelet_cri_call_seconds{call,outcome}}. */
  public void criCall(String call, boolean ok, long nanos) {
    Timer.builder("cranelet.cri.call")
        .description("Calls to the container runtime")
        .tag("call", call)
        .tag("outcome", ok ? "ok" : "failed")
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** A job came to its end: {@code cranelet_jobs_ended_total{state}}. */
  public void jobEnded(String state) {
    Counter.builder("cranelet.jobs.ended")
        .description("Jobs by the state they ended in")
        .tag("state", state)
        .register(registry)
        .increment();
  }

  /** A finished job was forgotten, with its logs: {@code cranelet_jobs_forgotten_total}. */
  public void jobForgotten() {
    Counter.builder("cranelet.jobs.forgotten")
        .description("Finished jobs that were forgotten, by count, by age or to make room")
        .register(registry)
        .increment();
  }

  /** Something was found that nobody wants any more, and was removed. */
  public void removedLeftOver(String kind) {
    Counter.builder("cranelet.leftovers.removed")
        .description("Left-overs of ours that were removed")
        .tag("kind", kind)
        .register(registry)
        .increment();
  }

  /** A pull came to its end: {@code cranelet_image_pulls_total{outcome}}. */
  public void imagePull(String outcome) {
    Counter.builder("cranelet.image.pulls")
        .description("Pulls of images by how they ended: ok, failed or cancelled")
        .tag("outcome", outcome)
        .register(registry)
        .increment();
  }

  /** An image was removed: {@code cranelet_images_removed_total{reason}}. */
  public void imageRemoved(String reason) {
    Counter.builder("cranelet.images.removed")
        .description("Images removed, by why: disk, unused or asked")
        .tag("reason", reason)
        .register(registry)
        .increment();
  }

  /**
   * Pulls that go on and pulls that wait for their turn: {@code cranelet_image_pulls_in_flight},
   * {@code cranelet_image_pulls_queued}.
   */
  public void imagePulls(Supplier<Number> running, Supplier<Number> queued) {
    Gauge.builder("cranelet.image.pulls.in.flight", running)
        .description("Pulls of images that go on")
        .register(registry);
    Gauge.builder("cranelet.image.pulls.queued", queued)
        .description("Pulls of images that wait for their turn or for another try")
        .register(registry);
  }

  /** How full the disk with the images is: {@code cranelet_image_filesystem_used_ratio}. */
  public void imageFileSystem(Supplier<Number> usedRatio) {
    Gauge.builder("cranelet.image.filesystem.used.ratio", usedRatio)
        .description("How full the file system with the images is, 0 to 1, at the last look")
        .register(registry);
  }

  /** How many containers are watched for their end: {@code cranelet_steps_watched}. */
  public void stepsWatched(Supplier<Number> count) {
    Gauge.builder("cranelet.steps.watched", count)
        .description("Containers whose end is waited for")
        .register(registry);
  }

  /** Whether the runtime answers: {@code cranelet_runtime_ready}, 1 or 0. */
  public void runtimeReady(Supplier<Number> ready) {
    Gauge.builder("cranelet.runtime.ready", ready)
        .description("Whether the container runtime is ready")
        .register(registry);
  }
}
