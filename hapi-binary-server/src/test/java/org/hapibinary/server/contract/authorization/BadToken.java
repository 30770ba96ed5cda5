/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import java.util.List;
import java.util.stream.Stream;

/**
 * What is sent instead of a good token.
 *
 * @param name what it is
 * @param isToken whether it is a token at all, which the challenge then calls invalid
 * @param authorization the values of the {@code Authorization} headers
 */
record BadToken(String name, boolean isToken, List<String> authorization) {

    static BadToken token(String name, String token) {
        return new BadToken(name, true, List.of("Bearer " + token));
    }

    static BadToken noToken(String name, String... authorization) {
        return new BadToken(name, false, List.of(authorization));
    }

    String[] headers() {
        return authorization.stream()
                .flatMap(value -> Stream.of("Authorization", value))
                .toArray(String[]::new);
    }

    @Override
    public String toString() {
        return name;
    }
}
