package org.cranelet.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * The testbed's busybox with more layers, under a name that no other test has. Its first layer is
 * on the node already; what is pulled is what the test put upon it.
 *
 * @param text what the file {@code /name} in it holds, for a job to print
 * @param blobs all that the manifest names, by digest
 */
record TestImage(
    String repository, String tag, String text, byte[] manifest, Map<String, byte[]> blobs) {
  static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";

  static final String NAME_FILE = "name";

  /** Some hundred bytes that no other image has. */
  static TestImage tiny(String name) {
    return of(name);
  }

  static TestImage of(String name, Layer... more) {
    return tagged(name, "1", more);
  }

  static TestImage tagged(String name, String tag, Layer... more) {
    String unique = UUID.randomUUID().toString().substring(0, 8);
    return build("it/" + name + "-" + unique, tag, name + " " + unique, more);
  }

  /** Another image by the same name, as after a push. */
  TestImage moved(String text) {
    return build(repository, tag, text);
  }

  private static TestImage build(String repository, String tag, String text, Layer... more) {
    Path images = Path.of(Testbed.current().get("TESTBED_HOME"), "images");
    try {
      Base base = Base.read(images);
      base.add(Layer.text(NAME_FILE, text + "\n"));
      for (Layer layer : more) {
        base.add(layer);
      }
      return new TestImage(repository, tag, text, base.manifest(), base.blobs);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String digest() {
    return Layer.digest(manifest);
  }

  /** As a user writes it. */
  String at(String host) {
    return host + "/" + repository + ":" + tag;
  }

  String byDigestAt(String host) {
    return host + "/" + repository + "@" + digest();
  }

  /** The layers upon busybox's: what a pull has to fetch besides manifest and configuration. */
  long bytesToPull() {
    long all = 0;
    JsonNode layers = NodeUnderTest.json(new String(manifest, StandardCharsets.UTF_8));
    for (JsonNode layer : layers.path("layers")) {
      all += layer.path("size").asLong();
    }
    return all - layers.path("layers").path(0).path("size").asLong();
  }

  /** Manifest and configuration that grow. */
  private record Base(ObjectNode manifestTree, ObjectNode config, Map<String, byte[]> blobs) {
    static Base read(Path images) throws IOException {
      Path files = images.resolve("blobs/sha256");
      String name = Files.readString(images.resolve("busybox")).strip();
      JsonNode manifest = NodeUnderTest.json(Files.readString(files.resolve(name)));
      Map<String, byte[]> blobs = new LinkedHashMap<>();
      for (JsonNode layer : manifest.path("layers")) {
        String digest = layer.path("digest").asText();
        blobs.put(digest, Files.readAllBytes(files.resolve(hex(digest))));
      }
      Path config = files.resolve(hex(manifest.path("config").path("digest").asText()));
      return new Base(
          (ObjectNode) manifest, (ObjectNode) NodeUnderTest.json(Files.readString(config)), blobs);
    }

    private static String hex(String digest) {
      return digest.substring(digest.indexOf(':') + 1);
    }

    void add(Layer layer) {
      blobs.put(layer.digest(), layer.gzip());
      ((ArrayNode) manifestTree.get("layers"))
          .addObject()
          .put("mediaType", LAYER_TYPE)
          .put("digest", layer.digest())
          .put("size", layer.gzip().length);
      ((ArrayNode) config.get("rootfs").get("diff_ids")).add(layer.diff());
    }

    byte[] manifest() {
      byte[] bytes = config.toString().getBytes(StandardCharsets.UTF_8);
      blobs.put(Layer.digest(bytes), bytes);
      ((ObjectNode) manifestTree.get("config"))
          .put("digest", Layer.digest(bytes))
          .put("size", bytes.length);
      return manifestTree.toString().getBytes(StandardCharsets.UTF_8);
    }
  }
}
