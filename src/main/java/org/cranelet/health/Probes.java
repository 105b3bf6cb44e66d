package org.cranelet.health;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/** The named checks. */
@ApplicationScoped
class Probes {
  private final Condition condition;

  Probes(Condition condition) {
    this.condition = condition;
  }

  @Produces
  @Startup
  @ApplicationScoped
  HealthCheck started() {
    return () -> HealthCheckResponse.named("cranelet").status(condition.isStarted()).build();
  }

  /** That this answers at all is the proof. */
  @Produces
  @Liveness
  @ApplicationScoped
  HealthCheck alive() {
    return () -> HealthCheckResponse.up("cranelet");
  }

  @Produces
  @Readiness
  @ApplicationScoped
  HealthCheck ready() {
    return () -> {
      Condition.Readiness r = condition.readiness();
      return HealthCheckResponse.named("runtime")
          .status(r.ready())
          .withData("detail", r.detail())
          .build();
    };
  }
}
