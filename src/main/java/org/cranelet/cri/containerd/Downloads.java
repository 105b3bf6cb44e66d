package org.cranelet.cri.containerd;

import io.grpc.Status.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.cranelet.cri.containerd.content.v1.ContentGrpc;
import org.cranelet.cri.containerd.content.v1.ListStatusesRequest;
import org.cranelet.cri.containerd.content.v1.Status;
import org.cranelet.transport.RpcClient;
import org.cranelet.transport.RpcException;

/** What containerd's content store is receiving; CRI has nothing like it. */
public final class Downloads {
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  private final RpcClient client;

  public Downloads(RpcClient client) {
    this.client = client;
  }

  /**
   * One thing that is being received, or was when its pull broke off.
   *
   * @param ref its name, such as {@code layer-sha256:…}
   * @param bytes so far
   * @param total 0 if the registry has not said
   * @param changedAt when bytes last arrived
   */
  public record Download(String ref, long bytes, long total, Instant changedAt) {
    public boolean isLayer() {
      return ref.startsWith("layer-");
    }
  }

  /**
   * All of them, whoever asked for them.
   *
   * @return empty if this runtime is no containerd
   * @throws RpcException if it cannot be asked now
   */
  public Optional<List<Download>> list() {
    try {
      return Optional.of(
          client
              .call(
                  ContentGrpc.getListStatusesMethod(),
                  ListStatusesRequest.getDefaultInstance(),
                  CriNamespace.HEADERS,
                  DEADLINE)
              .getStatusesList()
              .stream()
              .map(Downloads::download)
              .toList());
    } catch (RpcException e) {
      if (e.code() == Code.UNIMPLEMENTED) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static Download download(Status s) {
    return new Download(
        s.getRef(),
        s.getOffset(),
        s.getTotal(),
        Instant.ofEpochSecond(s.getUpdatedAt().getSeconds(), s.getUpdatedAt().getNanos()));
  }
}
