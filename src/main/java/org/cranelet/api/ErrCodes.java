package org.cranelet.api;

import org.cranelet.proto.crane.ErrCode;
import org.cranelet.standalone.Refusal;

/** Refusals as CraneSched's error codes. */
final class ErrCodes {
  private ErrCodes() {}

  static ErrCode of(Refusal refusal) {
    return switch (refusal.kind()) {
      case INVALID -> ErrCode.ERR_INVALID_PARAM;
      case PARTITION -> ErrCode.ERR_INVALID_PARTITION;
      case RESOURCES -> ErrCode.ERR_NO_RESOURCE;
      case MULTIPLE_NODES -> ErrCode.ERR_CRI_MULTIPLE_NODES;
      case NODE_LIST -> ErrCode.ERR_INVALID_NODE_LIST;
      case GRES -> ErrCode.ERR_INVALID_RESOURCE;
      case QUEUE_FULL -> ErrCode.ERR_GENERIC_FAILURE;
      case USER_LIMIT -> ErrCode.ERR_MAX_JOB_COUNT_PER_USER;
      case DRAINED -> ErrCode.ERR_NO_AVAIL_NODE;
      case RUNTIME_AWAY -> ErrCode.ERR_CRI_GENERIC;
      case NOT_FOUND -> ErrCode.ERR_INVALID_JOB_ID;
      case NOT_RUNNING -> ErrCode.ERR_CRI_CONTAINER_NOT_READY;
      case PERMISSION -> ErrCode.ERR_PERMISSION_DENIED;
      case SYSTEM -> ErrCode.ERR_SYSTEM_ERR;
      case DISABLED -> ErrCode.ERR_CRI_DISABLED;
    };
  }
}
