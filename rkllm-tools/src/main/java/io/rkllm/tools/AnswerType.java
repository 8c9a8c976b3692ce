package io.rkllm.tools;

import io.rkllm.tools.internal.answer.AnswerReader;
import io.rkllm.tools.internal.schema.Binding;
import io.rkllm.tools.internal.schema.JavaSchema;
import io.rkllm.tools.internal.schema.LenientSchema;
import io.rkllm.tools.internal.schema.Property;
import io.rkllm.tools.internal.schema.SchemaViolationException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The class of a model's answer. A type that is not a JSON object is wrapped in an object with one
 * property, since an object is easier to find in prose than a number.
 */
final class AnswerType<T> {
  private static final String VALUE = "value";

  private final Class<T> type;
  private final boolean wrapped;
  private final LenientSchema schema;
  private final AnswerReader reader;

  private AnswerType(Class<T> type, ObjectNode json, boolean wrapped) {
    this.type = type;
    this.wrapped = wrapped;
    schema = new LenientSchema(json);
    reader = new AnswerReader(schema);
  }

  static <T> AnswerType<T> of(Class<T> type) {
    if (type.isRecord()) {
      return new AnswerType<>(type, JavaSchema.of(type), false);
    }
    ObjectNode object = JavaSchema.emptyObject();
    JavaSchema.add(object, new Property(VALUE, "", true), type);
    return new AnswerType<>(type, JavaSchema.close(object), true);
  }

  String schema() {
    return schema.schema().json();
  }

  T read(String answer, boolean thinking) throws SchemaViolationException {
    ObjectNode object = reader.read(answer, thinking);
    JsonNode json = wrapped ? object.path(VALUE) : object;
    @SuppressWarnings("unchecked") // also for int.class, whose objects are Integers
    T value = (T) Binding.bind(json, type, wrapped ? VALUE : "");
    if (value == null) {
      throw new SchemaViolationException("it is null");
    }
    return value;
  }
}
