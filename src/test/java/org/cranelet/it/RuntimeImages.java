package org.cranelet.it;

import java.time.Duration;
import java.util.List;
import org.cranelet.cri.v1.AuthConfig;
import org.cranelet.cri.v1.ImageServiceGrpc;
import org.cranelet.cri.v1.ImageSpec;
import org.cranelet.cri.v1.ImageStatusRequest;
import org.cranelet.cri.v1.PullImageRequest;
import org.cranelet.cri.v1.RemoveImageRequest;
import org.cranelet.transport.RpcClient;

/** The images of the testbed's runtime, by CRI: what is there behind the daemon's back. */
final class RuntimeImages implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final Testbed testbed;
  private final RpcClient client;

  RuntimeImages(Testbed testbed) {
    this.testbed = testbed;
    this.client = RpcClient.forCommand(testbed.socket());
  }

  boolean has(String reference) {
    return client
        .call(
            ImageServiceGrpc.getImageStatusMethod(),
            ImageStatusRequest.newBuilder().setImage(spec(reference)).build(),
            DEADLINE)
        .hasImage();
  }

  /**
   * As an administrator would, without a login.
   *
   * @throws org.cranelet.transport.RpcException if it cannot be had
   */
  void pull(String reference) {
    pull(PullImageRequest.newBuilder().setImage(spec(reference)).build());
  }

  void pull(String reference, String user, String password) {
    AuthConfig login =
        AuthConfig.newBuilder()
            .setUsername(user)
            .setPassword(password)
            .setServerAddress("http://" + reference.substring(0, reference.indexOf('/')))
            .build();
    pull(PullImageRequest.newBuilder().setImage(spec(reference)).setAuth(login).build());
  }

  private void pull(PullImageRequest request) {
    client.call(ImageServiceGrpc.getPullImageMethod(), request, DEADLINE);
  }

  /** With all its names; its layers are collected before this returns. */
  void remove(String reference) {
    client.call(
        ImageServiceGrpc.getRemoveImageMethod(),
        RemoveImageRequest.newBuilder().setImage(spec(reference)).build(),
        DEADLINE);
    Until.holds(reference + " is gone", () -> !has(reference));
  }

  /** Names that begin so. */
  List<String> names(String prefix) {
    return testbed
        .ctr("images", "ls", "-q")
        .lines()
        .filter(name -> name.startsWith(prefix))
        .toList();
  }

  void removeAll(String prefix) {
    names(prefix).stream().filter(this::has).forEach(this::remove);
  }

  private static ImageSpec spec(String reference) {
    return ImageSpec.newBuilder().setImage(reference).build();
  }

  @Override
  public void close() {
    client.close();
  }
}
