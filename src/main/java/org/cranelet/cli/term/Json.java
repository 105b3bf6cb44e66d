package org.cranelet.cli.term;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** JSON for programs; the shapes are documented in docs/ccon.md and do not change. */
public final class Json {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private Json() {}

  public static ObjectNode object() {
    return NODES.objectNode();
  }

  public static ArrayNode array() {
    return NODES.arrayNode();
  }

  public static ArrayNode strings(List<String> values) {
    ArrayNode array = array();
    values.forEach(array::add);
    return array;
  }

  public static ObjectNode map(Map<String, String> values) {
    ObjectNode object = object();
    new TreeMap<>(values).forEach(object::put);
    return object;
  }

  /** RFC 3339, or null if it is not known. */
  public static void time(ObjectNode object, String key, boolean known, Timestamp t) {
    if (known) {
      object.put(key, Instant.ofEpochSecond(t.getSeconds(), t.getNanos()).toString());
    } else {
      object.putNull(key);
    }
  }

  public static String text(JsonNode node) {
    return node.toPrettyString();
  }
}
