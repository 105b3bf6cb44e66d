package org.cranelet.cri.containerd;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Optional;
import java.util.function.Consumer;
import org.cranelet.cri.containerd.events.TaskExit;
import org.cranelet.cri.containerd.events.v1.Envelope;
import org.cranelet.cri.containerd.events.v1.EventsGrpc;
import org.cranelet.cri.containerd.events.v1.SubscribeRequest;
import org.cranelet.transport.RpcClient;
import org.cranelet.transport.RpcStream;

/** The ends of containers' first processes, from containerd's event service. */
public final class TaskExits {
  private static final String TOPIC = "/tasks/exit";

  private final RpcClient client;

  public TaskExits(RpcClient client) {
    this.client = client;
  }

  /**
   * Reads the stream until it ends.
   *
   * @param opened called once the subscription stands
   * @param ended told the id of each container whose own process (not an exec's) ended
   */
  public void read(Runnable opened, Consumer<String> ended) throws InterruptedException {
    try (RpcStream<Envelope> events =
        client.stream(
            EventsGrpc.getSubscribeMethod(),
            SubscribeRequest.newBuilder().addFilters("topic==\"" + TOPIC + "\"").build(),
            CriNamespace.HEADERS)) {
      opened.run();
      for (Optional<Envelope> event = events.next(); event.isPresent(); event = events.next()) {
        container(event.get()).ifPresent(ended);
      }
    }
  }

  private static Optional<String> container(Envelope envelope) {
    try {
      // The type's name stands there without a host, so Any's own unpack() does not know it.
      TaskExit exit = TaskExit.parseFrom(envelope.getEvent().getValue());
      return exit.getId().equals(exit.getContainerId())
          ? Optional.of(exit.getContainerId())
          : Optional.empty();
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty();
    }
  }
}
