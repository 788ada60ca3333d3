<?php
// What PHP prints. Each function is called with every secret.

ini_set('display_errors', '1');
ini_set('html_errors', '0');
ini_set('zend.exception_ignore_args', '0');
ini_set('zend.exception_string_param_max_len', '15');
error_reporting(E_ALL);

class Login
{
    public function __construct(private string $password)
    {
    }
}

function login(string $user, string $password): void
{
    throw new RuntimeException('login failed');
}

$methods = [
    'echo' => fn($s) => print("$s\n"),
    'var_dump' => fn($s) => var_dump($s, ['token' => $s]),
    'var_export' => fn($s) => var_export(['token' => $s]),
    'print_r' => fn($s) => print_r(['token' => $s, 'nested' => [$s]]),
    'object' => fn($s) => var_dump(new Login($s)),
    'json' => fn($s) => print(json_encode(['token' => $s])),
    'json_pretty' => fn($s) => print(json_encode(['token' => $s], JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES)),
    'json_for_html' => fn($s) => print(json_encode(['token' => $s], JSON_HEX_TAG | JSON_HEX_AMP | JSON_HEX_APOS | JSON_HEX_QUOT)),
    'serialize' => fn($s) => print(serialize(['token' => $s])),
    'urlencode' => fn($s) => print(urlencode($s)),
    'rawurlencode' => fn($s) => print(rawurlencode($s)),
    'query' => fn($s) => print(http_build_query(['token' => $s, 'a' => [$s]])),
    'htmlspecialchars' => fn($s) => print(htmlspecialchars($s)),
    'htmlentities' => fn($s) => print(htmlentities($s)),
    'addslashes' => fn($s) => print(addslashes($s)),
    'addcslashes' => fn($s) => print(addcslashes($s, "\0..\37!@\177..\377")),
    'escapeshellarg' => fn($s) => print(escapeshellarg($s)),
    'escapeshellcmd' => fn($s) => print(escapeshellcmd($s)),
    'preg_quote' => fn($s) => print(preg_quote($s, '/')),
    'base64' => fn($s) => print(base64_encode($s)),
    'base64_chunks' => fn($s) => print(chunk_split(base64_encode($s))),
    'base64_of_user' => fn($s) => print('Basic ' . base64_encode("user:$s")),
    'bin2hex' => fn($s) => print(bin2hex($s)),
    'quoted_printable' => fn($s) => print(quoted_printable_encode($s)),
    'error_log' => fn($s) => error_log("token is $s"),
    'trigger_error' => fn($s) => trigger_error("token is $s", E_USER_WARNING),
    'exception' => fn($s) => throw new RuntimeException("login failed: $s"),
    'trace' => fn($s) => login('u', $s),
    'no_file' => fn($s) => file_get_contents($s),
    'no_function' => fn($s) => $s(),
    'no_key' => fn($s) => print([][$s]),
    'no_include' => fn($s) => include $s,
    'csv' => function ($s) {
        fputcsv(STDOUT, ['a', $s]);
    },
    'printf' => fn($s) => printf("%'.-80s|\n", $s),
    'environment' => fn($s) => print_r(getenv()),
    'wordwrap' => fn($s) => print(wordwrap("The password is $s", 40)),
    'backtrace' => function ($s) {
        (function ($password) {
            debug_print_backtrace();
        })($s);
    },
    'parse_url' => fn($s) => print_r(parse_url('https://u:' . rawurlencode($s) . '@h/')),
];

foreach ($methods as $name => $method) {
    foreach (glob(getenv('SECRETS') . '/*') as $path) {
        $secret = preg_replace('/\n\z/', '', file_get_contents($path));
        putenv("SECRET=$secret");
        echo "\n\x1e$name\x1f" . basename($path) . "\n";
        try {
            $method($secret);
        } catch (Throwable $error) {
            echo "$error\n", $error->getTraceAsString(), "\n";
        }
    }
}
