package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LoadParamTest {

  /** Two reads of arbitrary memory must not compare as equal, whichever field differs. */
  @Test
  void sameAs_anyFieldDiffers_isFalse() throws ReflectiveOperationException {
    RecordComponent[] fields = LoadParam.class.getRecordComponents();
    Object[] values = Arrays.stream(fields).map(field -> value(field, 1)).toArray();
    LoadParam param = of(fields, values);

    assertThat(param.sameAs(of(fields, values))).isTrue();
    for (int i = 0; i < fields.length; i++) {
      Object[] others = values.clone();
      others[i] = value(fields[i], 2);
      assertThat(param.sameAs(of(fields, others))).as(fields[i].getName()).isFalse();
    }
  }

  private static Object value(RecordComponent field, int number) {
    return field.getType() == float.class ? (Object) (float) number : (Object) number;
  }

  private static LoadParam of(RecordComponent[] fields, Object[] values)
      throws ReflectiveOperationException {
    return LoadParam.class
        .getDeclaredConstructor(
            Arrays.stream(fields).map(RecordComponent::getType).toArray(Class<?>[]::new))
        .newInstance(values);
  }
}
