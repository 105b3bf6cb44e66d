package org.cranelet.it;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** What {@link FaultyRuntime} does with an event instead of passing it on. */
interface EventFault {
  EventFault NONE = (event, out) -> out.accept(event);

  EventFault LOSE = (event, out) -> {};

  void on(Buffer event, Consumer<Buffer> out);

  /** Every other event, beginning with the first. */
  static EventFault loseSome() {
    AtomicInteger count = new AtomicInteger();
    return (event, out) -> {
      if (count.getAndIncrement() % 2 == 1) {
        out.accept(event);
      }
    };
  }

  static EventFault repeat(int times) {
    return (event, out) -> {
      for (int i = 0; i < times; i++) {
        out.accept(event);
      }
    };
  }

  /** Keeps events until it has {@code size} of them, then lets them out, the last one first. */
  static EventFault reverse(int size) {
    List<Buffer> kept = new ArrayList<>();
    return (event, out) -> {
      kept.add(event);
      if (kept.size() == size) {
        Collections.reverse(kept);
        kept.forEach(out);
        kept.clear();
      }
    };
  }
}
