package org.cranelet.job;

import java.io.IOException;
import java.util.Optional;
import org.cranelet.image.LoginStore;
import org.cranelet.image.reference.Login;
import org.cranelet.pod.StepRef;

/**
 * A step to be.
 *
 * @param login what its user shows the image's registry; never recorded
 */
public record NewStep(StepSpec spec, Optional<Login> login) {

  /** Puts the step into the journal. */
  interface Recording {
    void run() throws IOException;
  }

  /**
   * Records a step with its login, or neither: the login first, so that a step that is recorded has
   * one.
   */
  static void record(LoginStore logins, StepRef ref, NewStep step, Recording recording)
      throws IOException {
    try {
      if (step.login().isPresent()) {
        logins.keep(ref, step.login().get());
      }
      recording.run();
    } catch (IOException e) {
      logins.forget(ref);
      throw e;
    }
  }
}
