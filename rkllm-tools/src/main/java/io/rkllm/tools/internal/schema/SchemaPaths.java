package io.rkllm.tools.internal.schema;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/**
 * The ways through a schema by its references. What is referred to twice is validated twice, so
 * that a short schema can mean work without end, which no limit of depth prevents.
 *
 * <p>A way ends where it comes back to itself. Used by one thread.
 */
final class SchemaPaths {
  private static final int MAX = 100_000;
  private static final Set<String> DEFINITIONS = Set.of("$defs", "definitions");
  private static final Set<String> NAMED =
      Set.of("properties", "patternProperties", "dependentSchemas");

  /** Keywords whose schemas are about the same value, and not about a part of it. */
  private static final Set<String> OF_SAME_VALUE =
      Set.of("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas");

  private final JsonNode root;
  private final IdentityHashMap<JsonNode, JsonNode> resources = new IdentityHashMap<>();
  private final Map<String, List<JsonNode>> anchors = new HashMap<>();
  private final IdentityHashMap<JsonNode, Long> counted = new IdentityHashMap<>();
  private final Set<JsonNode> underWay = Collections.newSetFromMap(new IdentityHashMap<>());
  private int steps;

  private SchemaPaths(JsonNode root) {
    this.root = root;
    index(root, root);
  }

  /**
   * Rejects a schema that has too many paths, in time linear in the size of the schema.
   *
   * @throws IllegalArgumentException if it has too many
   */
  static void check(JsonNode schema) {
    SchemaPaths paths = new SchemaPaths(schema);
    if (paths.count(schema) > MAX) {
      throw tooMany();
    }
    paths.resources.keySet().forEach(paths::walk);
  }

  private static IllegalArgumentException tooMany() {
    return new IllegalArgumentException(
        "there are more than "
            + MAX
            + " paths through the $refs of the schema, so that checking against it might never end;"
            + " let fewer definitions refer to each other, and each only once");
  }

  /** Records the $id that applies to each object, and the anchors. */
  private void index(JsonNode node, JsonNode above) {
    JsonNode resource = node.path("$id").isString() ? node : above;
    if (node.isObject()) {
      resources.put(node, resource);
      for (String keyword : List.of("$anchor", "$dynamicAnchor")) {
        if (node.path(keyword).isString()) {
          anchors
              .computeIfAbsent(node.path(keyword).stringValue(), _ -> new ArrayList<>())
              .add(node);
        }
      }
    }
    node.forEach(child -> index(child, resource));
  }

  /** Returns the number of paths from here, including those into parts of the value. */
  private long count(JsonNode schema) {
    Long known = counted.get(schema);
    if (known != null) {
      return known;
    }
    if (!underWay.add(schema)) {
      return 1;
    }
    long paths = 1;
    for (Map.Entry<String, JsonNode> property : schema.properties()) {
      if (!DEFINITIONS.contains(property.getKey())) {
        for (JsonNode next : schemas(property)) {
          paths += count(next);
        }
      }
    }
    for (JsonNode target : targets(schema)) {
      paths += count(target);
    }
    underWay.remove(schema);
    paths = Math.min(paths, MAX + 1);
    counted.put(schema, paths);
    return paths;
  }

  /**
   * Follows every path from here that applies to the same value. Useful schemas have few of these,
   * but {@link #count} counts too few of them if they are cyclic.
   */
  private void walk(JsonNode schema) {
    if (++steps > MAX) {
      throw tooMany();
    }
    if (!underWay.add(schema)) {
      return;
    }
    for (Map.Entry<String, JsonNode> property : schema.properties()) {
      if (OF_SAME_VALUE.contains(property.getKey())) {
        schemas(property).forEach(this::walk);
      }
    }
    targets(schema).forEach(this::walk);
    underWay.remove(schema);
  }

  /** Returns the schemas that a keyword has, or may have if it is unknown. */
  private static List<JsonNode> schemas(Map.Entry<String, JsonNode> property) {
    JsonNode value = property.getValue();
    List<JsonNode> schemas = new ArrayList<>();
    if (value.isObject() && !NAMED.contains(property.getKey())) {
      schemas.add(value);
    } else {
      value.forEach(child -> addObjects(child, schemas));
    }
    return schemas;
  }

  private static void addObjects(JsonNode node, List<JsonNode> objects) {
    if (node.isObject()) {
      objects.add(node);
    } else {
      node.forEach(child -> addObjects(child, objects));
    }
  }

  /** Returns the targets, or possible targets, of the references of a schema. */
  private List<JsonNode> targets(JsonNode schema) {
    List<JsonNode> targets = new ArrayList<>();
    for (String keyword : List.of("$ref", "$dynamicRef")) {
      String reference = schema.path(keyword).asString("");
      if (reference.startsWith("#")) {
        targets.addAll(targets(schema, reference.substring(1)));
      }
    }
    return targets;
  }

  private List<JsonNode> targets(JsonNode schema, String fragment) {
    String place;
    try {
      place = URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return List.of(); // it leads nowhere
    }
    if (!place.isEmpty() && !place.startsWith("/")) {
      return anchors.getOrDefault(place, List.of());
    }
    JsonPointer pointer = JsonPointer.compile(place);
    Set<JsonNode> targets = Collections.newSetFromMap(new IdentityHashMap<>());
    for (JsonNode start : List.of(root, resources.getOrDefault(schema, root))) {
      if (start.at(pointer).isObject()) {
        targets.add(start.at(pointer));
      }
    }
    return List.copyOf(targets);
  }
}
