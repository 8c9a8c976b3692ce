package io.rkllm.tools.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.rkllm.tools.internal.json.Json;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class JsonSchemaTest {

  /** A server that has what the references name, and sees whether anybody comes for it. */
  @Test
  void schemaWithRemoteReferences_isRefusedAndNothingIsFetched() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          byte[] schema = "{\"type\":\"string\"}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, schema.length);
          exchange.getResponseBody().write(schema);
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/a.json";
      for (String schema :
          List.of(
              "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"" + url + "\"}}}",
              "{\"type\":\"object\",\"properties\":{\"a\":{\"$dynamicRef\":\"" + url + "\"}}}",
              "{\"type\":\"object\",\"$id\":\""
                  + url
                  + "\",\"properties\":{\"a\":{\"$ref\":\"b.json\"}}}",
              "{\"type\":\"object\",\"properties\":{\"a\":{\"$id\":\""
                  + url
                  + "\",\"$schema\":\""
                  + url
                  + "\"}}}")) {
        assertThatThrownBy(() -> JsonSchema.parse(schema))
            .isInstanceOf(IllegalArgumentException.class);
        // also without the check before: the validator itself loads nothing
        assertThatCode(
                () -> {
                  try {
                    JsonSchema.of((ObjectNode) Json.tree(schema)).check(Json.tree("{\"a\":1}"));
                  } catch (IllegalArgumentException | SchemaViolationException refused) {
                    // either will do
                  }
                })
            .doesNotThrowAnyException();
      }
      String odd = "{\"type\":\"object\",\"$schema\":\"" + url + "\",\"$id\":\"" + url + "\"}";
      assertThat(JsonSchema.parse(odd).json()).doesNotContain("$schema");
    } finally {
      server.stop(0);
    }
    assertThat(requests).hasValue(0);
  }

  @Test
  void check_localReferencesEvenRecursiveOnes_work() throws SchemaViolationException {
    JsonSchema tree =
        JsonSchema.parse(
            """
            {"type": "object", "properties": {"next": {"$ref": "#"}, "name": {"$ref": "#/$defs/n"}},
             "$defs": {"n": {"type": "string"}}}\
            """);

    tree.check(Json.tree("{\"next\":{\"next\":{\"name\":\"x\"}}}"));
    assertThatThrownBy(() -> tree.check(Json.tree("{\"next\":{\"next\":{\"name\":1}}}")))
        .isInstanceOf(SchemaViolationException.class)
        .hasMessage("\"next.next.name\" must be a string, was 1");
    String deep = "{\"next\":".repeat(450) + "{\"name\":1}" + "}".repeat(450);
    assertThatThrownBy(() -> tree.check(Json.tree(deep)))
        .isInstanceOf(SchemaViolationException.class);
  }

  /** Each definition is the one before twice, in ways that the depth of references hardly shows. */
  @ParameterizedTest
  @Timeout(20)
  @ValueSource(
      strings = {
        "'allOf':[{'$ref':'#/$defs/d%1$d'},{'$ref':'#/$defs/d%1$d'}]",
        "'anyOf':[{'$ref':'#/$defs/d%1$d'}],'not':{'$ref':'#d%1$d'}",
        "'properties':{'$defs':{'$ref':'#/$defs/d%1$d'},'b':{'$ref':'#/$defs/d%1$d'}}",
        "'properties':{'x':{'$ref':'#/$defs/d%2$d'}},"
            + "'allOf':[{'$ref':'#/$defs/d%1$d'},{'$ref':'#/$defs/d%1$d'}]",
        "'dependentSchemas':{'x':{'$ref':'#/$defs/d%2$d'}},"
            + "'allOf':[{'$ref':'#/$defs/d%1$d'},{'$ref':'#/$defs/d%1$d'}]",
      })
  void parse_pathsWithoutNumber_areRefused(String definition) {
    StringBuilder definitions = new StringBuilder("'$defs':{");
    for (int i = 1; i <= 28; i++) {
      definitions
          .append("'d%d':{'$anchor':'d%d',".formatted(i, i))
          .append(definition.formatted(i - 1, Math.min(i + 1, 28)))
          .append("},");
    }
    definitions.append("'d0':{'$anchor':'d0','properties':{'x':{'$ref':'#/$defs/d1'}}}}");
    for (String schema :
        List.of(
            "{'type':'object','properties':{'x':{'$ref':'#/$defs/d0'}},"
                + "'allOf':[{'$ref':'#/$defs/d28'}],"
                + definitions
                + "}",
            "{'type':'object','allOf':[{'$id':'https://example.org/in',"
                + "'$ref':'#/$defs/d28',"
                + definitions
                + "}]}")) {
      assertThatThrownBy(() -> JsonSchema.parse(schema.replace('\'', '"')))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("100000");
    }
  }

  @Test
  void parse_definitionsThatAllReferToEachOther_areTaken() throws SchemaViolationException {
    StringBuilder definitions = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      definitions.append(i == 0 ? "" : ",").append("\"d").append(i).append("\":{\"properties\":{");
      for (int j = 0; j < 10; j++) {
        definitions
            .append(j == 0 ? "" : ",")
            .append("\"p%d\":{\"$ref\":\"#/$defs/d%d\"}".formatted(j, j));
      }
      definitions.append("}}");
    }
    JsonSchema.parse(
            "{\"type\":\"object\",\"$ref\":\"#/$defs/d0\",\"$defs\":{" + definitions + "}}")
        .check(Json.tree("{\"p1\":{\"p7\":{\"p0\":{}}}}"));
  }

  @Test
  void check_valueOfAnotherFormat_isValid() throws SchemaViolationException {
    JsonSchema.parse(
            "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"format\":\"date\"}}}")
        .check(Json.tree("{\"a\":\"no date\"}"));
  }

  @Test
  void parse_ownAddress_loadsNothing() throws SchemaViolationException {
    JsonSchema schema =
        JsonSchema.parse(
            """
            {"$id": "https://example.org/tools/a", "type": "object",
             "properties": {"a": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "string"}}}\
            """);

    schema.check(Json.tree("{\"a\":\"x\"}"));
    assertThatThrownBy(() -> schema.check(Json.tree("{\"a\":1}")))
        .isInstanceOf(SchemaViolationException.class);
  }

  @Test
  void parse_invalidPattern_isRejected() {
    assertThatThrownBy(
            () ->
                JsonSchema.parse(
                    "{\"type\":\"object\",\"properties\":{\"a\":{\"pattern\":\"(\"}}}"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @Timeout(60)
  void check_patternThatTakesForEverElsewhere_isJudgedAtOnce() {
    JsonSchema schema =
        JsonSchema.parse(
            "{\"type\":\"object\",\"properties\":{\"a\":{\"pattern\":\"^a*a*a*a*a*a*$\"}}}");

    assertThatCode(() -> schema.check(Json.tree("{\"a\":\"aaaa\"}"))).doesNotThrowAnyException();
    assertThatThrownBy(() -> schema.check(Json.tree("{\"a\":\"" + "a".repeat(200) + "!\"}")))
        .isInstanceOf(SchemaViolationException.class)
        .hasMessageContaining("does not match");
  }

  /** Written out as digits, the numbers would fill the memory. */
  @Test
  @Timeout(20)
  void check_numbersWithHugeExponents_areJudgedAtOnce() {
    for (String rule :
        List.of(
            "\"type\":\"integer\"",
            "\"multipleOf\":2",
            "\"multipleOf\":0.1",
            "\"multipleOf\":3",
            "\"multipleOf\":7e-999999999",
            "\"multipleOf\":7e999999999",
            "\"minimum\":7e999999999",
            "\"const\":1e999999999",
            "\"maximum\":7",
            "\"const\":7",
            "\"enum\":[7]",
            "\"type\":\"array\",\"uniqueItems\":true")) {
      JsonSchema schema =
          JsonSchema.parse("{\"type\":\"object\",\"properties\":{\"a\":{" + rule + "}}}");
      for (String number :
          List.of("1e999999999", "1e-999999999", "7e99999999", "[1e999999999, 1]", "10", "0.1")) {
        try {
          schema.check(Json.tree("{\"a\":" + number + "}"));
        } catch (SchemaViolationException refused) {
          assertThat(refused.getMessage()).hasSizeLessThan(500);
        }
      }
    }
  }

  /** Checking these would take hundreds of megabytes. */
  @Test
  @Timeout(60)
  void parse_schemaOfVeryManyValues_isRefused() {
    String names =
        IntStream.range(0, 32_000)
            .mapToObj(i -> "\"p" + i + "\":3")
            .collect(Collectors.joining(",", "{", "}"));
    for (String schema :
        List.of(
            "{\"type\":\"object\",\"required\":[" + "1,".repeat(95_000) + "1]}",
            "{\"type\":\"object\",\"properties\":" + names + "}")) {
      assertThatThrownBy(() -> JsonSchema.parse(schema))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at most 5000");
    }
  }
}
