package org.cranelet.job;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.cranelet.cri.Patiently;
import org.cranelet.image.ImageException;
import org.cranelet.image.ImageWish;
import org.cranelet.image.Images;
import org.cranelet.image.reference.Login;
import org.cranelet.pod.StepRef;

/**
 * A step's image, made sure of on a thread of its own. Closing it gives the pull up, or lets the
 * image go that was kept for the step.
 */
final class StepImage implements AutoCloseable {
  private final Engine engine;
  private final JobRunner job;
  private final StepRef ref;
  private final CompletableFuture<Images.Held> result = new CompletableFuture<>();
  private final Thread thread;
  private final Thread wakener;

  /** Somebody wants the step to end; a pull is not waited for. */
  static final class NotWanted extends Exception {
    private static final long serialVersionUID = 1L;
  }

  StepImage(Engine engine, JobRunner job, StepRef ref) {
    this.engine = engine;
    this.job = job;
    this.ref = ref;
    this.thread = Thread.ofVirtual().name("image-" + ref).start(this::ensure);
    this.wakener =
        job.whenStopped(ref.stepId(), () -> result.completeExceptionally(new NotWanted()));
  }

  private void ensure() {
    try {
      ImageWish wish = wish();
      Images.Held held = Patiently.get(() -> engine.images().ensure(wish));
      if (!result.complete(held)) {
        held.close();
      }
    } catch (Exception | Error e) {
      result.completeExceptionally(e); // whatever it is, the step must not wait for ever
    }
  }

  private ImageWish wish() throws ImageException, IOException {
    StepSpec spec = job.view().step(ref.stepId()).orElseThrow().spec();
    Optional<Login> login = engine.logins().find(ref);
    if (spec.loginAt().isPresent() && login.isEmpty()) {
      throw new ImageException(
          "the login for "
              + spec.loginAt().get()
              + " was in memory only and is lost since the machine or cranelet was restarted:"
              + " submit again");
    }
    int uid = job.view().spec().owner().uid();
    return new ImageWish(ref, uid, spec.image(), spec.pullPolicy(), login);
  }

  /** Waits for it; what CreateContainer takes for it. */
  String await() throws InterruptedException, ImageException, NotWanted {
    try {
      return result.get().id();
    } catch (ExecutionException e) {
      switch (Objects.requireNonNull(e.getCause())) {
        case NotWanted n -> throw n;
        case ImageException i -> throw i;
        case IOException i -> throw new ImageException(String.valueOf(i.getMessage()));
        case InterruptedException i -> throw new InterruptedException("the daemon is stopping");
        case RuntimeException r -> throw r;
        default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  @Override
  public void close() {
    wakener.interrupt();
    thread.interrupt();
    result.thenAccept(Images.Held::close);
  }
}
