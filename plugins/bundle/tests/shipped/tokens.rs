//! Tokens that OpenSSL signed with keys made for this test and thrown away, and the set of their public keys.

#[rustfmt::skip]
pub(crate) const TOKENS: [&str; 3] = [
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhbm4iLCJzY29wZSI6Im9yZGVyczpyZWFkIn0.QQQVhNHX-a7naEUu-tYMVDfGLgHB2SBzI_Nntu5ssY9-kBYDhaQHo5zUvo81PttrzUet-UZREVeQX6-itRynbvBYuA_5zitmfc7QZJT0Pp_SE0H1EK92Yr0grP4bq9m7u0BxpH_WVgXNJxrbDWINjn1ujULhQTiJYnR1S1Jbn3pILBF-rC-hUt7IF6UYEyei911zIHHoRBhemPLbzqWJRCm4IahNCVGA8dR_-AuPRmNfZhvp0BFCq9AWlrIJ26VqQ_YvLa_nYt_3f5KiyyG9JxTn6ZkSz1GydJNOOkxuOPL0xyyYgq4qwpjvOWf3fKHBxHQu75V6lGUWLkhLfHhiIg",
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVjIn0.eyJzdWIiOiJhbm4iLCJzY29wZSI6Im9yZGVyczpyZWFkIn0.nlpBbci21YCQQpcDkuMWdWCE7wPgmgTGacgSFY4MPEK9EgxXPFYMMEywEbxpxBLrdcOnwZav8QJsCJHp-x3NDg",
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJzdWIiOiJhbm4iLCJzY29wZSI6Im9yZGVyczpyZWFkIn0.cKZJZbzgsyGVwH1-c-kT9wbu3HY0zsMY1xaW2oz1ICpx_ZmJ5q3i3vW60mrlT22kuwltfrSw9dJ5j-os7fTcCg",
];

#[rustfmt::skip]
pub(crate) const JWKS: &str = r#"{"keys":[
{"kty":"RSA","kid":"rsa","use":"sig","n":"uqYD7OQvRokoZhwlantL3YONXXC29MuHYFpF5tF6O1xEOSY7_I35f1zOy0xrFwSIjTsoCCLl7jlIXQtMHeNNTMWuHXyZFpKmRBBYyVTWHfPGETYG9pSxyhYgoEp3J15xUzxTk3uA-LXP0942sAVK_fFmqYLcTuvRaNOy-Zv4PcTKHyzYyIro5e5axXrYnDghCgb8TLIuoPbAIqK7b5xm_uBkkzMHYnQXqEpkYsUJtJ6CQrAnFZ_xhQrePLAaMCbUqJnj5AYRwgLcqKlkzZa7KEY92mR7DKHhJ4B4-6Fk3I5Lz0UAGSi42bVtCZAwHUSwodFPvaA_2dNEMDE4LFi95Q","e":"AQAB"},
{"kty":"EC","crv":"P-256","kid":"ec","x":"cIvlecp5JOd-GzVD2RHy7jSkDBWfRPro0AsUDjWFZ2I","y":"lDWOZUqQAyV-zOxwm-g_DVAkUjT5yQprrv7ypeEhZzc"},
{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"P6PonEaKlqWirdDu1czG3_vNRCBCsXo0WHLiP_4HLeg"}
]}"#;
