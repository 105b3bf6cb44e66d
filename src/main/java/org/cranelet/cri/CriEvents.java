package org.cranelet.cri;

import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.cranelet.cri.v1.ContainerEventResponse;
import org.cranelet.cri.v1.ContainerEventType;
import org.cranelet.cri.v1.GetEventsRequest;
import org.cranelet.cri.v1.RuntimeServiceGrpc;
import org.cranelet.transport.RpcClient;
import org.cranelet.transport.RpcStream;

/** CRI's own event stream, for runtimes that give every subscriber every event. */
final class CriEvents implements EndSource {
  private final RpcClient client;

  CriEvents(RpcClient client) {
    this.client = client;
  }

  @Override
  public String name() {
    return "CRI events";
  }

  @Override
  public void read(Runnable opened, Consumer<String> ended) throws InterruptedException {
    try (RpcStream<ContainerEventResponse> events =
        client.stream(
            RuntimeServiceGrpc.getGetContainerEventsMethod(),
            GetEventsRequest.getDefaultInstance(),
            Map.of())) {
      opened.run();
      for (Optional<ContainerEventResponse> event = events.next();
          event.isPresent();
          event = events.next()) {
        ContainerEventType type = event.get().getContainerEventType();
        if (type == ContainerEventType.CONTAINER_STOPPED_EVENT
            || type == ContainerEventType.CONTAINER_DELETED_EVENT) {
          ended.accept(event.get().getContainerId());
        }
      }
    }
  }
}
