package io.rkllm.examples.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RequestObjectTest {
  private static RequestObject parse(String json) {
    return RequestObject.parse(json.getBytes(UTF_8));
  }

  @Test
  void unread_innerObjects_areNamedAtEveryDepth() {
    RequestObject body =
        parse("{\"a\":{\"b\":{\"c\":1,\"d\":2},\"e\":3},\"f\":4,\"g\":null,\"h\":{\"i\":5}}");
    RequestObject a = body.requiredObject("a");
    a.requiredObject("b").value("c");
    body.requiredObject("h").json();

    assertThat(body.unread()).containsExactly("a.b.d", "a.e", "f");
  }

  @Test
  void unread_objectsOfAnArray_firstStandsForAll() {
    RequestObject body = parse("{\"a\":[{\"b\":1},{\"b\":1,\"c\":2},{\"c\":3}]}");
    body.objects("a").forEach(object -> object.value("b"));

    assertThat(body.unread()).containsExactly("a[1].c");
  }

  @Test
  void unread_sameObjectReadInTurns_countsEachReadersMembers() {
    RequestObject body = parse("{\"a\":{\"b\":1,\"c\":2}}");
    body.requiredObject("a").value("b");
    body.requiredObject("a").value("c");

    assertThat(body.unread()).isEmpty();
  }

  @Test
  void unread_manyAndLongNames_areBounded() {
    StringBuilder json = new StringBuilder("{\"a\":0");
    for (int i = 0; i < 1_000; i++) {
      json.append(",\"").append("é\\n".repeat(100)).append(i).append("\":0");
    }

    assertThat(parse(json.append('}').toString()).unread())
        .hasSizeLessThanOrEqualTo(20)
        .allSatisfy(name -> assertThat(name).matches("[A-Za-z0-9?]{1,80}…?"));
  }

  @Test
  void number_minusOneOrZeroOutsideOfTheRange_isAbsent() {
    RequestObject body = parse("{\"a\":-1,\"b\":0,\"c\":-1.0,\"d\":-2,\"e\":0,\"f\":null}");

    assertThat(body.integer("a", 1, 9)).isNull();
    assertThat(body.integer("b", 1, 9)).isNull();
    assertThat(body.number("c", 0, 2)).isNull();
    assertThatThrownBy(() -> body.number("d", 0, 2)).hasMessage("d must be in [0, 2], was -2");
    assertThat(body.number("e", 0, 2)).isZero();
    assertThat(body.number("a", -1, 2)).isEqualTo(-1);
    assertThat(body.number("f", 0, 2)).isNull();
  }
}
