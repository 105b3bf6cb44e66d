package org.cranelet.pod;

import java.util.List;

/** What the pod's resolv.conf holds. */
public record DnsConfig(List<String> servers, List<String> searches, List<String> options) {}
