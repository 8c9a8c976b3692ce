package io.rkllm.tools.internal.schema;

import io.rkllm.stream.Thrown;
import io.rkllm.tools.internal.json.Json;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyName;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.JsonNodeException;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedField;
import tools.jackson.databind.introspect.AnnotatedMethod;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.AnnotationIntrospectorPair;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.introspect.NopAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;

/** Converts between JSON and Java objects, using the names defined by {@code @Param}. */
public final class Binding {
  private static final JsonMapper MAPPER =
      Json.MAPPER
          .rebuild()
          .disable(DateTimeFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
          // Otherwise an empty string would become a null period, date, or number.
          .withCoercionConfigDefaults(
              config -> config.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail))
          .annotationIntrospector(
              new AnnotationIntrospectorPair(new ParamNames(), new JacksonAnnotationIntrospector()))
          .build();

  private Binding() {}

  /**
   * Returns JSON as a Java object.
   *
   * @param where the name of the JSON value in messages; empty for the root
   * @throws SchemaViolationException if it does not match the type
   */
  public static @Nullable Object bind(JsonNode json, Type type, String where)
      throws SchemaViolationException {
    try {
      return MAPPER.readerFor(MAPPER.constructType(type)).readValue(json);
    } catch (JacksonException e) {
      throw new SchemaViolationException(path(where, e) + reason(e));
    } catch (IllegalArgumentException | ArithmeticException | StackOverflowError e) {
      throw new SchemaViolationException(path(where, null) + "cannot be read: " + e.getMessage());
    }
  }

  /**
   * Returns a Java object as JSON.
   *
   * @throws JacksonException if Jackson cannot write it
   */
  public static String write(@Nullable Object value) {
    return MAPPER.writeValueAsString(value);
  }

  private static String path(String where, @Nullable JacksonException e) {
    String path =
        e == null
            ? ""
            : e.getPath().stream()
                .map(
                    step ->
                        step.getPropertyName() == null
                            ? "[" + step.getIndex() + "]"
                            : "." + step.getPropertyName())
                .collect(Collectors.joining());
    String whole = where + path;
    return whole.isEmpty()
        ? "it "
        : "\""
            + ModelText.truncate(whole.startsWith(".") ? whole.substring(1) : whole, 120)
            + "\" ";
  }

  private static String reason(JacksonException e) {
    return switch (e) {
      case InvalidFormatException format ->
          "must be "
              + Scalars.description(format.getTargetType())
              + ", was "
              + ModelText.quote(String.valueOf(format.getValue()));
      case ValueInstantiationException refused when refused.getCause() != null ->
          "was refused: "
              + ModelText.truncate(String.valueOf(Thrown.message(refused.getCause())), 200);
      // what a schema lets through is at most too large for its type
      case InputCoercionException _ -> "is out of range";
      case JsonNodeException _ -> "is out of range";
      default -> "cannot be read: " + ModelText.truncate(e.getOriginalMessage(), 200);
    };
  }

  /** Uses the names of record components as in the schema, ignoring Jackson's annotations. */
  private static final class ParamNames extends NopAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public @Nullable PropertyName findNameForDeserialization(
        MapperConfig<?> config, Annotated annotated) {
      return name(annotated);
    }

    @Override
    public @Nullable PropertyName findNameForSerialization(
        MapperConfig<?> config, Annotated annotated) {
      return name(annotated);
    }

    private static @Nullable PropertyName name(Annotated annotated) {
      RecordComponent component =
          switch (annotated) {
            case AnnotatedField field ->
                Property.component(field.getDeclaringClass(), field.getName());
            case AnnotatedMethod accessor when accessor.getParameterCount() == 0 ->
                Property.component(accessor.getDeclaringClass(), accessor.getName());
            case AnnotatedParameter parameter -> ofConstructor(parameter);
            default -> null;
          };
      return component == null ? null : PropertyName.construct(Property.of(component).name());
    }

    private static @Nullable RecordComponent ofConstructor(AnnotatedParameter parameter) {
      RecordComponent[] components = parameter.getDeclaringClass().getRecordComponents();
      boolean canonical =
          components != null
              && parameter.getOwner().getMember() instanceof Constructor<?> constructor
              && Arrays.equals(
                  constructor.getParameterTypes(),
                  Arrays.stream(components).map(RecordComponent::getType).toArray());
      return canonical ? components[parameter.getIndex()] : null;
    }
  }
}
