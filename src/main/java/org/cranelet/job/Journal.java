package org.cranelet.job;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.cranelet.workspace.JournalStore;

/** Job records as JSON in the journal's files. */
public final class Journal {
  private final JournalStore store;
  private final JsonMapper json =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  public Journal(JournalStore store) {
    this.store = store;
  }

  /**
   * @param force whether the record must survive a power cut once this returns
   */
  void write(JobRecord record, boolean force) throws IOException {
    store.write(record.jobId(), json.writeValueAsBytes(record), force);
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

  void delete(long jobId) throws IOException {
    store.noteHighest(jobId);
    store.delete(jobId);
  }

  long highestEver() throws IOException {
    return store.highest();
  }
}
