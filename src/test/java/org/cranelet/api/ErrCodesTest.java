package org.cranelet.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.cranelet.proto.crane.ErrCode;
import org.cranelet.standalone.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ErrCodesTest {
  @ParameterizedTest
  @EnumSource(Refusal.Kind.class)
  void everyKindOfRefusalIsAnError(Refusal.Kind kind) {
    assertThat(ErrCodes.of(new Refusal(kind, "x")))
        .isNotEqualTo(ErrCode.SUCCESS)
        .isNotEqualTo(ErrCode.UNRECOGNIZED);
  }

  @ParameterizedTest
  @CsvSource({
    "DISABLED, ERR_CRI_DISABLED",
    "MULTIPLE_NODES, ERR_CRI_MULTIPLE_NODES",
    "PERMISSION, ERR_PERMISSION_DENIED",
    "PARTITION, ERR_INVALID_PARTITION"
  })
  void theDocumentsCodesAreKept(Refusal.Kind kind, ErrCode code) {
    assertThat(ErrCodes.of(new Refusal(kind, "x"))).isEqualTo(code);
  }

  @Test
  void noTwoKindsShareACode() {
    assertThat(Refusal.Kind.values())
        .extracting(kind -> ErrCodes.of(new Refusal(kind, "x")))
        .doesNotHaveDuplicates();
  }
}
