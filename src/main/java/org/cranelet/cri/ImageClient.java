package org.cranelet.cri;

import java.util.Optional;
import org.cranelet.config.Deadlines;
import org.cranelet.cri.v1.Image;
import org.cranelet.cri.v1.ImageServiceGrpc;
import org.cranelet.cri.v1.ImageSpec;
import org.cranelet.cri.v1.ImageStatusRequest;
import org.cranelet.cri.v1.ImageStatusResponse;
import org.cranelet.cri.v1.PullImageRequest;
import org.cranelet.metrics.Meters;
import org.cranelet.transport.RpcClient;

/** CRI's ImageService, one method per call. Every method throws {@link CriException}. */
public final class ImageClient {
  private final CriCalls calls;
  private final Deadlines deadlines;

  public ImageClient(RpcClient client, Deadlines deadlines, Meters meters) {
    this.calls = new CriCalls(client, meters);
    this.deadlines = deadlines;
  }

  /** The image if it is on the node. */
  public Optional<ImageInfo> status(String reference) {
    ImageStatusResponse response =
        calls.call(
            ImageServiceGrpc.getImageStatusMethod(),
            ImageStatusRequest.newBuilder().setImage(spec(reference)).build(),
            reference,
            deadlines.query());
    if (!response.hasImage()) {
      return Optional.empty();
    }
    Image image = response.getImage();
    return Optional.of(
        new ImageInfo(
            image.getId(), image.getRepoTagsList(), image.getRepoDigestsList(), image.getSize()));
  }

  /** Fetches the image; what CreateContainer takes for it. */
  public String pull(String reference) {
    return calls
        .call(
            ImageServiceGrpc.getPullImageMethod(),
            PullImageRequest.newBuilder().setImage(spec(reference)).build(),
            reference,
            deadlines.pullImage())
        .getImageRef();
  }

  private static ImageSpec spec(String reference) {
    return ImageSpec.newBuilder().setImage(reference).build();
  }
}
