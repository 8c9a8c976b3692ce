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

  /** A runtime may round a context up to a multiple of 32. */
  @Test
  void rowLimit_isTheRoundedContextOfAllMembers() {
    assertThat(withContext(4096, 1).rowLimit()).isEqualTo(4096);
    assertThat(withContext(4097, 1).rowLimit()).isEqualTo(4128);
    assertThat(withContext(Integer.MAX_VALUE, 255).rowLimit()).isEqualTo((1L << 31) * 255);
    assertThat(withContext(32, 3).rowLimit()).isEqualTo(96);
    assertThat(withContext(32, 0).rowLimit()).isEqualTo(32);
    assertThat(withContext(0, 3).rowLimit()).isEqualTo(Integer.MAX_VALUE);
  }

  private static LoadParam withContext(int context, int batch) {
    return new LoadParam(context, 1, 1, 1, 1, 1, 1, 1, batch);
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
