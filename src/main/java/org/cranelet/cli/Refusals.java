package org.cranelet.cli;

import org.cranelet.proto.crane.ErrCode;

/** Refused submissions in words. */
final class Refusals {
  private Refusals() {}

  static String text(ErrCode code, String reason) {
    if (code == ErrCode.ERR_CRI_DISABLED) {
      return "container feature not enabled";
    }
    return reason.isEmpty() ? "refused: " + code : "refused: " + reason;
  }
}
