package org.cranelet.image;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.cranelet.config.ImageSettings.Verify;
import org.cranelet.cri.ImageInfo;
import org.cranelet.image.reference.Reference;
import org.cranelet.os.DurableFiles;
import org.cranelet.os.Guard;
import org.cranelet.workspace.StateJson;
import org.jboss.logging.Logger;

/**
 * What no runtime tells of images: who may use them, and when they were used. Kept in one file over
 * restarts; it holds user ids and no secret.
 */
public final class ImageRecords {
  private static final Logger LOG = Logger.getLogger(ImageRecords.class);
  private static final int VERSION = 1;

  /** What is known of an image, by its id. */
  @RegisterForReflection // stands in the file
  record Known(Instant firstSeen, Instant lastUsed, boolean everybody, Set<Integer> users) {
    Known usedAt(Instant now) {
      return new Known(firstSeen, now, everybody, users);
    }

    Known forEverybody() {
      return new Known(firstSeen, lastUsed, true, users); // what they opened, they opened
    }

    Known with(int uid) {
      Set<Integer> more = new TreeSet<>(users);
      more.add(uid);
      return new Known(firstSeen, lastUsed, everybody, Set.copyOf(more));
    }
  }

  /**
   * The file.
   *
   * @param intents names that were being pulled with a login: an image of such a name that has no
   *     record came while nobody could write one
   * @param suspicious whether an earlier file was lost, so that an image without a record may be
   *     anybody's
   */
  @RegisterForReflection // stands in the file
  record Content(int version, Map<String, Known> images, Set<String> intents, boolean suspicious) {}

  private final JsonMapper json =
      StateJson.builder().enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES).build();
  private final Path file;
  private final Verify verify;
  private final Guard guard = new Guard();
  private final Map<String, Known> images = new HashMap<>(); // guarded, like all below
  private final Set<String> intents = new HashSet<>();
  private final List<String> intentsNow = new ArrayList<>(); // one for each pull
  private boolean suspicious;
  private boolean dirty;

  private ImageRecords(Path file, Verify verify) {
    this.file = file;
    this.verify = verify;
  }

  /**
   * Reads the file. One that cannot be used is set aside, and until the images of that time are
   * gone they count as pulled by nobody knows whom.
   */
  public static ImageRecords open(Path file, Verify verify) throws IOException {
    ImageRecords records = new ImageRecords(file, verify);
    if (Files.exists(file)) {
      records.read();
    }
    return records;
  }

  private void read() throws IOException {
    try {
      Content content = json.readValue(file.toFile(), Content.class);
      if (content.version() != VERSION) {
        throw new IOException("its format is version " + content.version());
      }
      images.putAll(content.images());
      intents.addAll(content.intents());
      suspicious = content.suspicious();
    } catch (IOException e) {
      Path aside = file.resolveSibling(file.getFileName() + ".set-aside");
      Files.copy(file, aside, StandardCopyOption.REPLACE_EXISTING);
      suspicious = true;
      write(); // a crash before the first look at the images must not open them
      LOG.errorf(
          "set aside to %s: %s; who may use the images on this node is asked of their registries"
              + " again",
          aside, e.getMessage());
    }
  }

  // ---- pulls ----

  /**
   * An image of this name is about to be pulled with a login; {@link #settled} ends that.
   *
   * @param there what the node has before: it gets a record now, since later one could not tell
   *     whether it came with this pull
   */
  void intend(Reference reference, List<ImageInfo> there) throws IOException {
    String name = reference.toString();
    try (var _ = guard.hold()) {
      Instant now = Instant.now();
      boolean more = false;
      for (ImageInfo image : there) {
        Known known = new Known(now, now, isOpen(image), Set.of());
        more |= images.putIfAbsent(image.id(), known) == null;
      }
      boolean isNew = intents.add(name);
      try {
        if (isNew || more) {
          write();
        }
      } catch (IOException e) {
        if (isNew) {
          intents.remove(name); // the next try has to write it
        }
        throw e;
      }
      intentsNow.add(name);
    }
  }

  /** An attempt to pull with a login is over; what came of it, if anything, has its record. */
  void settled(Reference reference) {
    try (var _ = guard.hold()) {
      intentsNow.remove(reference.toString());
    }
  }

  /**
   * An image was pulled.
   *
   * @param withLogin whether a login was shown for it
   */
  void pulled(Reference reference, ImageInfo image, boolean withLogin) {
    String name = reference.toString();
    try (var _ = guard.hold()) {
      Instant now = Instant.now();
      Known known =
          images.getOrDefault(image.id(), new Known(now, now, false, Set.of())).usedAt(now);
      images.put(image.id(), withLogin ? known : known.forEverybody());
      if (intentsNow.stream().filter(name::equals).count() == (withLogin ? 1 : 0)) {
        intents.remove(name); // nobody else is pulling it with a login
      }
      writeOrWarn();
    }
  }

  /** A user's own pull of this image succeeded. */
  void opened(String id, int uid) {
    try (var _ = guard.hold()) {
      Known known = images.get(id);
      if (known != null
          && (!known.everybody() || verify == Verify.ALWAYS)
          && !known.users().contains(uid)) {
        images.put(id, known.with(uid));
        writeOrWarn();
      }
    }
  }

  // ---- who may ----

  /** Whether a user may run an image on the node without asking its registry. */
  boolean mayUse(ImageInfo image, int uid) {
    try (var _ = guard.hold()) {
      if (uid == 0 || verify == Verify.NEVER) {
        return true;
      }
      Known known = images.get(image.id());
      if (known == null) {
        return verify != Verify.ALWAYS && isOpen(image);
      }
      return known.users().contains(uid) || isForEverybody(known);
    }
  }

  /** Whether nobody has to have opened it himself. */
  boolean isForEverybody(Known known) {
    return verify == Verify.NEVER || known.everybody() && verify != Verify.ALWAYS;
  }

  /**
   * Whether an image without a record came by hand. One without a name may be any that is being
   * pulled: the runtime gives it its names one after the other.
   */
  private boolean isOpen(ImageInfo image) {
    boolean nameless = image.names().findAny().isEmpty();
    return !suspicious
        && (intents.isEmpty() || !nameless)
        && intents.stream().noneMatch(image::isCalled);
  }

  // ---- use ----

  void used(String id) {
    try (var _ = guard.hold()) {
      images.computeIfPresent(id, (_, known) -> known.usedAt(Instant.now()));
      dirty = true;
    }
  }

  /**
   * It was removed: whatever comes under this id is another one.
   *
   * @param known its record before the removal: one that was written since is another's, who pulled
   *     it anew
   */
  void forget(String id, Known known) {
    try (var _ = guard.hold()) {
      dirty |= images.remove(id, known);
    }
  }

  Optional<Known> find(String id) {
    try (var _ = guard.hold()) {
      return Optional.ofNullable(images.get(id));
    }
  }

  /**
   * Takes note of what is on the node: new images get a record, those that are gone lose theirs.
   *
   * @param asked when the runtime was asked for {@code there}
   */
  void refresh(List<ImageInfo> there, Set<String> inUse, Instant asked) {
    try (var _ = guard.hold()) {
      Set<String> ids = there.stream().map(ImageInfo::id).collect(Collectors.toSet());
      if (!there.isEmpty()) { // a runtime without its disk has not even the pause image
        dirty |= images.entrySet().removeIf(e -> !ids.contains(e.getKey()) && isOld(e, asked));
      }
      for (ImageInfo image : there) {
        Known known = images.get(image.id());
        if (known == null) {
          images.put(image.id(), new Known(asked, asked, isOpen(image), Set.of()));
          dirty = true;
        } else if (inUse.contains(image.id())) {
          images.put(image.id(), known.usedAt(asked));
          dirty = true;
        }
      }
      dirty |= suspicious;
      suspicious = false; // all that was there has a record now
      dirty |= intents.retainAll(intentsNow);
      if (dirty) {
        writeOrWarn();
      }
    }
  }

  /** Not pulled while the runtime was answering. */
  private static boolean isOld(Map.Entry<String, Known> entry, Instant asked) {
    return entry.getValue().lastUsed().isBefore(asked);
  }

  // ---- the file ----

  private void writeOrWarn() {
    try {
      write();
    } catch (IOException e) {
      dirty = true; // the next look at the images tries again
      LOG.errorf("%s cannot be written: %s", file, e.getMessage());
    }
  }

  private void write() throws IOException {
    DurableFiles.replace(
        file,
        json.writeValueAsBytes(
            new Content(VERSION, Map.copyOf(images), Set.copyOf(intents), suspicious)));
    dirty = false;
  }
}
