package io.rkllm.tools.internal.schema;

import io.rkllm.tools.internal.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The types that are one JSON value. A {@code format} is for the model: whether a text is a date
 * shows when it is bound, by Java's own rules.
 */
final class Scalars {
  private static final Map<Class<?>, Scalar> SCALARS = new HashMap<>();

  static {
    put("integer", "", "a whole number", byte.class, Byte.class, short.class, Short.class);
    put("integer", "", "a whole number", int.class, Integer.class, long.class, Long.class);
    put("integer", "", "a whole number", OptionalInt.class, OptionalLong.class, BigInteger.class);
    put("number", "", "a number", float.class, Float.class, double.class, Double.class);
    put("number", "", "a number", OptionalDouble.class, BigDecimal.class);
    put("boolean", "", "true or false", boolean.class, Boolean.class);
    put("string", "", "a text", String.class);
    put("string", "", "one character", char.class, Character.class);
    put("string", "uuid", "a UUID", UUID.class);
    put("string", "uri", "a URI", URI.class);
    put("string", "date", "a date such as \"2026-01-31\"", LocalDate.class);
    put("string", "time", "a time such as \"09:30:00\"", LocalTime.class);
    put("string", "time", "a time such as \"09:30:00+01:00\"", OffsetTime.class);
    put("string", "date-time", "a time such as \"2026-01-31T09:30:00\"", LocalDateTime.class);
    put(
        "string",
        "date-time",
        "a time such as \"2026-01-31T09:30:00Z\"",
        OffsetDateTime.class,
        ZonedDateTime.class,
        Instant.class);
    put("string", "duration", "a duration such as \"PT1H30M\"", Duration.class);
    put("string", "duration", "a period such as \"P1M15D\"", Period.class);
    put("", "", "anything", Object.class);
  }

  private Scalars() {}

  private record Scalar(String type, String format, String description) {}

  /** Returns a new schema of a type, or null if the type is not a scalar. */
  static @Nullable ObjectNode schema(Class<?> type) {
    Scalar scalar = SCALARS.get(type);
    if (scalar == null) {
      return null;
    }
    ObjectNode schema = Json.MAPPER.createObjectNode();
    if (!scalar.type.isEmpty()) {
      schema.put("type", scalar.type);
    }
    if (!scalar.format.isEmpty()) {
      schema.put("format", scalar.format);
    }
    if (type == char.class || type == Character.class) {
      schema.put("minLength", 1).put("maxLength", 1);
    }
    return schema;
  }

  /** Returns a description of the values of the type, for the model. */
  static String description(@Nullable Class<?> type) {
    Scalar scalar = SCALARS.get(type);
    return scalar == null ? "what was asked for" : scalar.description;
  }

  private static void put(String json, String format, String description, Class<?>... types) {
    for (Class<?> type : types) {
      SCALARS.put(type, new Scalar(json, format, description));
    }
  }
}
