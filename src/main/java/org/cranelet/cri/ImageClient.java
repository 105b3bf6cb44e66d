package org.cranelet.cri;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cranelet.config.Deadlines;
import org.cranelet.cri.v1.AuthConfig;
import org.cranelet.cri.v1.FilesystemUsage;
import org.cranelet.cri.v1.Image;
import org.cranelet.cri.v1.ImageFsInfoRequest;
import org.cranelet.cri.v1.ImageServiceGrpc;
import org.cranelet.cri.v1.ImageSpec;
import org.cranelet.cri.v1.ImageStatusRequest;
import org.cranelet.cri.v1.ImageStatusResponse;
import org.cranelet.cri.v1.ListImagesRequest;
import org.cranelet.cri.v1.PullImageRequest;
import org.cranelet.cri.v1.RemoveImageRequest;
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

  /**
   * The image if it is on the node.
   *
   * @param image a name or an id
   */
  public Optional<ImageInfo> status(String image) {
    ImageStatusResponse response =
        calls.call(
            ImageServiceGrpc.getImageStatusMethod(),
            ImageStatusRequest.newBuilder().setImage(spec(image)).build(),
            image,
            deadlines.query());
    return response.hasImage() ? Optional.of(info(response.getImage())) : Optional.empty();
  }

  public List<ImageInfo> list() {
    return calls
        .call(
            ImageServiceGrpc.getListImagesMethod(),
            ListImagesRequest.getDefaultInstance(),
            "",
            deadlines.query())
        .getImagesList()
        .stream()
        .map(ImageClient::info)
        .toList();
  }

  /**
   * Fetches the image; what CreateContainer takes for it. An interrupt gives the pull up, at the
   * runtime too.
   *
   * @param deadline for the whole of it, unpacking included
   */
  public String pull(String reference, Optional<RegistryAuth> auth, Duration deadline) {
    PullImageRequest.Builder request = PullImageRequest.newBuilder().setImage(spec(reference));
    auth.ifPresent(a -> request.setAuth(config(a)));
    return calls
        .call(ImageServiceGrpc.getPullImageMethod(), request.build(), reference, deadline)
        .getImageRef();
  }

  /** Removes an image with all its names; one that is not there is removed already. */
  public void remove(String id) {
    try {
      calls.call(
          ImageServiceGrpc.getRemoveImageMethod(),
          RemoveImageRequest.newBuilder().setImage(spec(id)).build(),
          id,
          deadlines.remove());
    } catch (CriException.NotFound e) {
      // Somebody was faster.
    }
  }

  /** A directory on each file system that holds images. */
  public List<Path> fileSystems() {
    return fsInfo().stream().map(fs -> Path.of(fs.getFsId().getMountpoint())).toList();
  }

  /** What unpacked images take, as the runtime counts (containerd: every 10 s). */
  public long usedBytes() {
    return fsInfo().stream().mapToLong(fs -> fs.getUsedBytes().getValue()).sum();
  }

  private List<FilesystemUsage> fsInfo() {
    return calls
        .call(
            ImageServiceGrpc.getImageFsInfoMethod(),
            ImageFsInfoRequest.getDefaultInstance(),
            "",
            deadlines.query())
        .getImageFilesystemsList();
  }

  private static AuthConfig config(RegistryAuth auth) {
    AuthConfig.Builder config = AuthConfig.newBuilder().setServerAddress(auth.server());
    return auth.username().isEmpty()
        ? config.setIdentityToken(auth.password()).build()
        : config.setUsername(auth.username()).setPassword(auth.password()).build();
  }

  private static ImageInfo info(Image image) {
    return new ImageInfo(
        image.getId(),
        image.getRepoTagsList(),
        image.getRepoDigestsList(),
        image.getSize(),
        image.getPinned());
  }

  private static ImageSpec spec(String reference) {
    return ImageSpec.newBuilder().setImage(reference).build();
  }
}
