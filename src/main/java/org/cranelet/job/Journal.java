package org.cranelet.job;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.cranelet.workspace.JournalStore;
import org.cranelet.workspace.StateJson;
import org.jboss.logging.Logger;

/** Job records as JSON in the journal's files. */
public final class Journal {
  private static final Logger LOG = Logger.getLogger(Journal.class);

  private final JournalStore store;
  private final JsonMapper json =
      StateJson.builder().enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES).build();
  private volatile String problem = "";

  public Journal(JournalStore store) {
    this.store = store;
  }

  /**
   * Writes a job's record; it survives a power cut once this returns.
   *
   * @throws IOException if the disk refuses, with what it said; also {@link #problem()} then
   */
  void write(JobRecord record) throws IOException {
    guarded(() -> store.write(record.jobId(), json.writeValueAsBytes(record)));
  }

  /** Why the journal cannot be written; empty while it can. */
  public String problem() {
    return problem;
  }

  /** Looks whether a journal that could not be written can be written again. */
  void probe() {
    if (problem.isEmpty()) {
      return;
    }
    try {
      guarded(store::probe);
    } catch (IOException e) {
      LOG.debugf("the journal cannot be written yet: %s", e.getMessage());
    }
  }

  private interface Write {
    void run() throws IOException;
  }

  private void guarded(Write write) throws IOException {
    try {
      write.run();
      if (!problem.isEmpty()) {
        LOG.info("the journal can be written again");
        problem = "";
      }
    } catch (IOException e) {
      String now = "the journal cannot be written: " + reason(e);
      if (!now.equals(problem)) {
        LOG.errorf("%s; what runs goes on, what is new is refused, trying again", now);
        problem = now;
      }
      throw new IOException(now, e);
    }
  }

  /** {@code PATH: No space left on device}, where Java would say the path alone. */
  private static String reason(IOException e) {
    String said = String.valueOf(e.getMessage());
    return e instanceof FileSystemException f && f.getReason() == null
        ? said + ": " + e.getClass().getSimpleName()
        : said;
  }

  /** All jobs, in the order of their ids; what cannot be used is set aside. */
  List<JobRecord> readAll() throws IOException {
    List<JobRecord> records = new ArrayList<>();
    for (Map.Entry<Long, byte[]> file : store.readAll().entrySet()) {
      try {
        records.add(read(file.getKey(), file.getValue()));
      } catch (IOException | RuntimeException e) {
        store.setAside(file.getKey(), String.valueOf(e.getMessage()));
      }
    }
    return records;
  }

  private JobRecord read(long jobId, byte[] content) throws IOException {
    JsonNode tree = json.readTree(content);
    int version = tree.path("version").asInt(0);
    if (version != JobRecord.VERSION) {
      throw new IOException("its format is version " + version + ", this cranelet knows 1");
    }
    JobRecord record = json.treeToValue(tree, JobRecord.class);
    if (record.spec().jobId() != jobId || record.steps().isEmpty()) {
      throw new IOException("it is not a record of job " + jobId);
    }
    return record;
  }

  /** How long a job's record is. */
  long bytes(long jobId) {
    return store.bytes(jobId);
  }

  void delete(long jobId) throws IOException {
    store.noteHighest(jobId);
    store.delete(jobId);
  }

  long highestEver() throws IOException {
    return store.highest();
  }
}
