package org.cranelet.image;

import java.util.Optional;
import org.cranelet.config.PullPolicy;
import org.cranelet.image.reference.Login;
import org.cranelet.pod.StepRef;

/**
 * An image that a step needs.
 *
 * @param uid whose step it is
 * @param image as the user wrote it
 * @param policy absent: as configured
 * @param login what he shows its registry
 */
public record ImageWish(
    StepRef step, int uid, String image, Optional<PullPolicy> policy, Optional<Login> login) {}
