/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.hapibinary.authorization.ClientList;
import org.hapibinary.authorization.token.IntrospectionEndpoint;
import org.hapibinary.authorization.token.TokenSettings;
import org.hapibinary.authorization.token.TrustedIssuer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Whose access tokens are accepted, how they are read, and what their clients may do.
 *
 * @param issuer the {@code iss} that an access token must have
 * @param jwkSetUri where the issuer's public keys are; default: as its metadata says
 * @param audience the {@code aud} that an access token must name; default: any of the base URLs
 * @param introspection where the issuer's opaque tokens are verified; without it they are refused
 * @param issuers instead of the four above, for several issuers
 * @param scopeClaims the claims that scopes are taken from: of those the first that a token has
 * @param outageTolerance how long the known keys of an issuer hold that does not answer, after they would have been
 *     fetched again
 * @param allowHttp whether issuers on other hosts may be reached by http: whoever can change that traffic can be any
 *     caller
 * @param clients what single clients may export
 * @param unlistedClients whether clients that are not listed may export what their scopes cover
 */
record AuthorizationProperties(
        @Nullable URI issuer,
        @Nullable URI jwkSetUri,
        @Nullable String audience,
        @Nullable Introspection introspection,
        @DefaultValue List<IssuerProperties> issuers,
        @DefaultValue({"scope", "scp"}) List<String> scopeClaims,
        @DefaultValue("15m") Duration outageTolerance,
        @DefaultValue("false") boolean allowHttp,
        @DefaultValue List<ClientProperties> clients,
        @DefaultValue("allow") ClientProperties.Unlisted unlistedClients) {

    private static final String PREFIX = "hapi.binary.authorization.";

    public AuthorizationProperties {
        if (outageTolerance.isNegative()) {
            throw new InvalidPropertyException(
                    PREFIX + "outage-tolerance",
                    outageTolerance.toString(),
                    "must be a time of zero or more, for example 15m");
        }
        if (scopeClaims.isEmpty() || scopeClaims.stream().anyMatch(String::isBlank)) {
            throw new InvalidPropertyException(
                    PREFIX + "scope-claims",
                    String.join(",", scopeClaims),
                    "must be the names of claims that have scopes, for example scope, scp");
        }
    }

    /** How tokens are read. */
    TokenSettings tokenSettings() {
        return new TokenSettings(scopeClaims, outageTolerance, allowHttp);
    }

    ClientList clientList() {
        Stream<URI> trusted =
                issuers.isEmpty() ? Stream.ofNullable(issuer) : issuers.stream().map(IssuerProperties::issuer);
        return ClientProperties.list(
                clients,
                unlistedClients,
                trusted.filter(Objects::nonNull).map(URI::toString).toList());
    }

    /** The issuer that clients are told of: the first; null if there is none, since the host has means of its own. */
    @Nullable
    String mainIssuer() {
        URI first = issuers.isEmpty() ? issuer : issuers.get(0).issuer();
        return first == null ? null : first.toString();
    }

    List<TrustedIssuer> trustedIssuers(Set<String> baseUrls) {
        if (issuers.isEmpty()) {
            return List.of(new IssuerProperties(issuer, jwkSetUri, audience, introspection)
                    .trusted(PREFIX, allowHttp, baseUrls));
        }
        if (issuer != null || jwkSetUri != null || audience != null || introspection != null) {
            throw new InvalidPropertyException(
                    PREFIX + "issuers",
                    "set",
                    "stands instead of issuer, jwk-set-uri, audience and introspection: move these into its entries");
        }
        List<TrustedIssuer> trusted = new ArrayList<>();
        for (int i = 0; i < issuers.size(); i++) {
            trusted.add(issuers.get(i).trusted(PREFIX + "issuers[" + i + "].", allowHttp, baseUrls));
        }
        if (trusted.stream().map(TrustedIssuer::issuer).distinct().count() < trusted.size()) {
            throw new InvalidPropertyException(PREFIX + "issuers", "set", "must name each issuer only once");
        }
        return trusted;
    }

    /**
     * @param issuer the {@code iss} that an access token must have
     * @param jwkSetUri where the issuer's public keys are; default: as its metadata says
     * @param audience the {@code aud} that an access token must name; default: any of the base URLs
     * @param introspection where the issuer's opaque tokens are verified; without it they are refused
     */
    public record IssuerProperties(
            @Nullable URI issuer,
            @Nullable URI jwkSetUri,
            @Nullable String audience,
            @Nullable Introspection introspection) {

        private TrustedIssuer trusted(String prefix, boolean allowHttp, Set<String> baseUrls) {
            if (issuer == null) {
                throw new InvalidPropertyException(
                        prefix + "issuer",
                        null,
                        "must be the URL of the OAuth server whose access tokens this server accepts");
            }
            requireSafe(prefix + "issuer", issuer, allowHttp);
            if (jwkSetUri != null) {
                requireSafe(prefix + "jwk-set-uri", jwkSetUri, allowHttp);
            }
            return new TrustedIssuer(
                    issuer.toString(),
                    jwkSetUri,
                    audience != null ? Set.of(audience) : audiencesOf(baseUrls),
                    introspection == null ? null : introspection.endpoint(prefix + "introspection.", allowHttp));
        }

        /** It is never taken from a request: a forged Host header must not choose what tokens are made out to. */
        private static Set<String> audiencesOf(Set<String> baseUrls) {
            if (baseUrls.isEmpty()) {
                throw new InvalidPropertyException(
                        "hapi.binary.base-url",
                        null,
                        "must be the FHIR base URL as clients see it, such as https://fhir.example.org/fhir,"
                                + " unless hapi.binary.authorization.audience says what access tokens are made out to");
            }
            return baseUrls;
        }
    }

    /**
     * @param uri of the OAuth server's introspection endpoint
     * @param clientId this server's own, as a client of the OAuth server
     * @param clientSecret sent by {@code client_secret_basic}
     */
    public record Introspection(@Nullable URI uri, @Nullable String clientId, @Nullable String clientSecret) {

        private IntrospectionEndpoint endpoint(String prefix, boolean allowHttp) {
            URI address = required(prefix + "uri", uri, "must be the URL of the OAuth server's introspection endpoint");
            requireSafe(prefix + "uri", address, allowHttp);
            return new IntrospectionEndpoint(
                    address,
                    required(prefix + "client-id", clientId, "must be this server's own client id at the OAuth server"),
                    required(
                            prefix + "client-secret",
                            clientSecret,
                            "must be the secret of this server's own client id"));
        }

        private static <T> T required(String property, @Nullable T value, String cure) {
            if (value == null) {
                throw new InvalidPropertyException(property, null, cure);
            }
            return value;
        }

        /** Without the secret. */
        @Override
        public String toString() {
            return "Introspection[uri=" + uri + ", clientId=" + clientId + "]";
        }
    }

    private static void requireSafe(String property, URI url, boolean allowHttp) {
        if (!TrustedIssuer.isHttp(url)) {
            throw new InvalidPropertyException(
                    property, url.toString(), "must be an URL, such as https://auth.example.org");
        }
        if (!allowHttp && TrustedIssuer.isOpenToOthers(url)) {
            throw new InvalidPropertyException(
                    property,
                    url.toString(),
                    "must be https, unless it is on this host or " + PREFIX + "allow-http is true");
        }
    }
}
