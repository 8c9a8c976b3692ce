package io.rkllm.tools.internal.schema;

import com.fasterxml.classmate.ResolvedType;
import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.CustomDefinitionProviderV2;
import com.github.victools.jsonschema.generator.FieldScope;
import com.github.victools.jsonschema.generator.MemberScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerationContext;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.json.Json;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON Schema (draft 2020-12) of Java types, as short as possible: inlined, without {@code
 * $defs} and {@code $schema}, since each token of it is in the model's context.
 *
 * <p>Supported types are records and the types of {@link Scalars}; other types and records that
 * contain themselves are rejected.
 */
public final class JavaSchema {
  private final SchemaGenerator generator;
  private final Deque<ResolvedType> path = new ArrayDeque<>();

  private JavaSchema() {
    SchemaGeneratorConfigBuilder config =
        new SchemaGeneratorConfigBuilder(
            Json.MAPPER, SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON);
    config.without(Option.SCHEMA_VERSION_INDICATOR, Option.FLATTENED_OPTIONALS);
    config.with(Option.FORBIDDEN_ADDITIONAL_PROPERTIES_BY_DEFAULT);
    config
        .forTypesInGeneral()
        .withCustomDefinitionProvider(new Definitions())
        .withPropertySorter(Comparator.comparingInt(JavaSchema::position));
    config
        .forFields()
        .withIgnoreCheck(field -> component(field) == null)
        .withPropertyNameOverrideResolver(field -> property(field).name())
        .withRequiredCheck(field -> property(field).required())
        .withDescriptionResolver(field -> nullIfEmpty(property(field).description()));
    generator = new SchemaGenerator(config.build());
  }

  /**
   * Returns the schema of a type.
   *
   * @throws IllegalArgumentException if the type has no schema
   */
  public static ObjectNode of(Type type) {
    if (type instanceof Class<?> raw && raw.getTypeParameters().length > 0) {
      throw new IllegalArgumentException(
          raw.getName()
              + " does not say of what; write its type arguments, or take an array or a record that"
              + " holds it");
    }
    return new JavaSchema().generator.generateSchema(type);
  }

  /** Returns the schema of an object without properties. */
  public static ObjectNode emptyObject() {
    ObjectNode object = Json.MAPPER.createObjectNode().put("type", "object");
    object.putObject("properties");
    return object;
  }

  /** Adds a property to the schema of an object. */
  public static void add(ObjectNode object, Property property, Type type) {
    ObjectNode schema = of(type);
    if (!property.description().isEmpty()) {
      schema.put("description", property.description());
    }
    if (object.withObjectProperty("properties").replace(property.name(), schema) != null) {
      throw new IllegalArgumentException("there are two of the name \"" + property.name() + "\"");
    }
    if (property.required()) {
      object.withArrayProperty("required").add(property.name());
    }
  }

  /** Ends the schema of an object to which properties were added. */
  public static ObjectNode close(ObjectNode object) {
    return object.put("additionalProperties", false);
  }

  private static @Nullable RecordComponent component(FieldScope field) {
    return field.isFakeContainerItemScope()
        ? null
        : Property.component(
            field.getRawMember().getDeclaringClass(), field.getRawMember().getName());
  }

  private static Property property(FieldScope field) {
    return Property.of(Check.nonNull("component", component(field)));
  }

  private static @Nullable String nullIfEmpty(String text) {
    return text.isEmpty() ? null : text;
  }

  /**
   * Returns the position of a component in the order of declaration, in which models write the
   * components.
   */
  private static int position(MemberScope<?, ?> member) {
    RecordComponent[] components = member.getRawMember().getDeclaringClass().getRecordComponents();
    return components == null
        ? 0
        : Arrays.stream(components)
            .map(RecordComponent::getName)
            .toList()
            .indexOf(member.getDeclaredName());
  }

  /** Provides the schema of each type; only the fields of records are left to the generator. */
  private final class Definitions implements CustomDefinitionProviderV2 {

    @Override
    public CustomDefinition provideCustomSchemaDefinition(
        ResolvedType type, SchemaGenerationContext context) {
      return new CustomDefinition(
          definition(type, context),
          CustomDefinition.INLINE_DEFINITION,
          CustomDefinition.INCLUDING_ATTRIBUTES);
    }

    private ObjectNode definition(ResolvedType type, SchemaGenerationContext context) {
      Class<?> raw = type.getErasedType();
      ObjectNode scalar = Scalars.schema(raw);
      if (scalar != null) {
        return scalar;
      }
      if (raw.isRecord()) {
        return record(type, context);
      }
      if (raw.isEnum()) {
        return enumeration(raw);
      }
      if (raw == Optional.class && !type.getTypeParameters().isEmpty()) {
        return context.createDefinition(type.getTypeParameters().getFirst());
      }
      if (type.isArray() && raw != byte[].class && raw != char[].class) {
        return array(context.createDefinition(type.getArrayElementType()));
      }
      if (Set.of(List.class, Collection.class, Set.class).contains(raw)) {
        return array(context.createDefinition(argument(type, Collection.class, 0)));
      }
      if (raw == Map.class && argument(type, Map.class, 0).getErasedType() == String.class) {
        ObjectNode map = Json.MAPPER.createObjectNode().put("type", "object");
        map.set("additionalProperties", context.createDefinition(argument(type, Map.class, 1)));
        return map;
      }
      throw refused(type, "is nothing that JSON can be bound to here");
    }

    private ObjectNode record(ResolvedType type, SchemaGenerationContext context) {
      if (path.contains(type)) {
        throw refused(type, "contains itself, which a schema without references cannot say");
      }
      ModuleAccess.checkRecord(type.getErasedType());
      checkNames(type);
      path.addLast(type);
      try {
        return context.createStandardDefinition(type, this);
      } finally {
        path.removeLast();
      }
    }

    private void checkNames(ResolvedType type) {
      Set<String> names = new HashSet<>();
      for (RecordComponent component : type.getErasedType().getRecordComponents()) {
        if (!names.add(Property.of(component).name())) {
          throw refused(type, "has two components of the name " + Property.of(component).name());
        }
      }
    }

    /** Returns the constants as Jackson writes them, so that it can read them. */
    private ObjectNode enumeration(Class<?> type) {
      ObjectNode schema = Json.MAPPER.createObjectNode();
      ArrayNode constants = Json.MAPPER.createArrayNode();
      for (Object constant : type.getEnumConstants()) {
        constants.add(Json.MAPPER.<JsonNode>valueToTree(constant));
      }
      if (constants.valueStream().allMatch(JsonNode::isString)) {
        schema.put("type", "string");
      }
      schema.set("enum", constants);
      return schema;
    }

    private ObjectNode array(ObjectNode items) {
      ObjectNode array = Json.MAPPER.createObjectNode().put("type", "array");
      array.set("items", items);
      return array;
    }

    private ResolvedType argument(ResolvedType type, Class<?> of, int index) {
      List<ResolvedType> arguments = type.typeParametersFor(of);
      if (arguments == null || arguments.size() <= index) {
        throw refused(type, "does not say of what");
      }
      return arguments.get(index);
    }

    private IllegalArgumentException refused(ResolvedType type, String why) {
      String where = path.isEmpty() ? "" : " in " + path.getLast().getBriefDescription();
      return new IllegalArgumentException(
          type.getBriefDescription()
              + where
              + " "
              + why
              + "; take a record, an enum, a primitive or its class, a String, BigDecimal,"
              + " BigInteger, UUID, URI, a date or time of java.time, or an Optional, List, Set,"
              + " array or Map<String, …> of such");
    }
  }
}
