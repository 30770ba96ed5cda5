/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.demo;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import jakarta.servlet.Filter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.core.env.Environment;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.server.authorization.client.InMemoryRegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.config.annotation.web.configurers.OAuth2AuthorizationServerConfigurer;
import org.springframework.security.oauth2.server.authorization.settings.AuthorizationServerSettings;
import org.springframework.security.oauth2.server.authorization.settings.ClientSettings;
import org.springframework.security.oauth2.server.authorization.settings.TokenSettings;
import org.springframework.security.oauth2.server.authorization.token.JwtEncodingContext;
import org.springframework.security.oauth2.server.authorization.token.OAuth2TokenCustomizer;
import org.springframework.security.web.SecurityFilterChain;

/**
 * A token endpoint like that of SMART Backend Services, for the demo only: its clients and their secrets are public.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebSecurity
@Profile("demo")
class DemoAuthorizationServer {

    static final String TOKEN_PATH = "/oauth2/token";
    static final String SECRET_CLIENT = "demo-client";
    static final String SECRET = "demo-secret";
    static final String KEY_CLIENT = "demo-jwt-client";
    static final Set<String> SCOPES = Set.of(
            "system/*.rs",
            "system/*.read",
            "system/*.cruds",
            "system/*.*",
            "system/Patient.rs",
            "system/Patient.read",
            "system/Observation.rs",
            "system/Observation.read");

    private static final Duration TOKEN_LIFE = Duration.ofMinutes(5);

    @Bean
    static DemoAddress demoAddress(Environment environment) {
        return new DemoAddress(environment);
    }

    @Bean
    SecurityFilterChain tokenEndpoint(HttpSecurity http) throws Exception {
        OAuth2AuthorizationServerConfigurer authorizationServer =
                OAuth2AuthorizationServerConfigurer.authorizationServer();
        return http.securityMatcher(authorizationServer.getEndpointsMatcher())
                .with(
                        authorizationServer,
                        server -> server.clientAuthentication(
                                client -> client.authenticationConverter(new ClientAssertionConverter())))
                .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .csrf(csrf -> csrf.disable())
                .build();
    }

    /**
     * Limits Spring Security to the token endpoint: its firewall would change answers of the FHIR API.
     */
    @Bean
    FilterRegistrationBean<Filter> tokenEndpointFilter(@Qualifier("springSecurityFilterChain") Filter security) {
        FilterRegistrationBean<Filter> registration = new FilterRegistrationBean<>(security);
        registration.addUrlPatterns("/oauth2/*", "/.well-known/*");
        return registration;
    }

    @Bean
    AuthorizationServerSettings authorizationServerSettings(
            @Value("${hapi.binary.authorization.issuers[0].issuer}") String issuer) {
        return AuthorizationServerSettings.builder().issuer(issuer).build();
    }

    @Bean
    RegisteredClientRepository clients(@Value("${hapi.binary.authorization.issuers[0].issuer}") String issuer) {
        RegisteredClient bySecret = client(SECRET_CLIENT)
                .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
                .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_POST)
                .clientSecret(SECRET)
                .build();
        RegisteredClient byKey = client(KEY_CLIENT)
                .clientAuthenticationMethod(ClientAuthenticationMethod.PRIVATE_KEY_JWT)
                .clientSettings(ClientSettings.builder()
                        .jwkSetUrl(issuer + "/demo/jwks.json")
                        .tokenEndpointAuthenticationSigningAlgorithm(SignatureAlgorithm.RS384)
                        .build())
                .build();
        return new InMemoryRegisteredClientRepository(bySecret, byKey);
    }

    private static RegisteredClient.Builder client(String clientId) {
        return RegisteredClient.withId(UUID.randomUUID().toString())
                .clientId(clientId)
                .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
                .scopes(scopes -> scopes.addAll(SCOPES))
                .tokenSettings(TokenSettings.builder()
                        .accessTokenTimeToLive(TOKEN_LIFE)
                        .build());
    }

    /**
     * Compares secrets as they are: everybody knows the demo's. By default Spring hashes them with bcrypt, which takes
     * a tenth of a second for each token.
     */
    @Bean
    static PasswordEncoder secrets() {
        return new PasswordEncoder() {
            @Override
            public String encode(CharSequence secret) {
                return secret.toString();
            }

            @Override
            public boolean matches(CharSequence secret, String encoded) {
                return encoded.contentEquals(secret);
            }
        };
    }

    /** A key pair for this run; tokens of an earlier run are invalid. */
    @Bean
    JWKSource<SecurityContext> signingKeys() throws Exception {
        RSAKey key =
                new RSAKeyGenerator(2048).keyID(UUID.randomUUID().toString()).generate();
        return new ImmutableJWKSet<>(new JWKSet(key));
    }

    @Bean
    OAuth2TokenCustomizer<JwtEncodingContext> tokensForTheFhirServer(@Value("${hapi.binary.base-url}") String baseUrl) {
        return context -> context.getClaims()
                .audience(List.of(baseUrl))
                .claim("client_id", context.getRegisteredClient().getClientId());
    }
}
