using Vdi.TestSupport;

namespace Vdi.Benchmarks.Guest;

/// <summary>10 KB of text to the guest and back: from the keys that paste it until this computer's clipboard has what the guest made of it. In the guest a
/// terminal reads what is pasted and copies it, with a mark in front (xterm, OSC 52); its share is in the figure.</summary>
internal static class ClipboardMeasure
{
    private const int Rounds = 20;
    private const int Length = 10_240;

    /// <summary>What a terminal runs that copies, in front of a number that counts up, what is pasted into it.</summary>
    private const string Echo =
        """
        $| = 1; my $n = 0;
        while (1) {
          my $got = "";
          while (length($got) < 10240) { sysread(STDIN, $got, 10240 - length($got), length($got)) or exit; }
          $n++; $got = "$n:$got"; my $pad = (3 - length($got) % 3) % 3;
          my $text = pack("u", $got); $text =~ s/^.//mg; $text =~ s/\n//g; $text =~ tr#` -_#AA-Za-z0-9+/#; $text =~ s/.{$pad}$/"=" x $pad/e if $pad;
          print "\e]52;c;$text\a";
        }
        """;

    /// <summary>Milliseconds; the browser's context may read and write the clipboard.</summary>
    public static async Task<List<double>> RunAsync(Person person)
    {
        await person.InGuestAsync($"echo {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Echo))} | base64 -d >/tmp/echo.pl");
        await person.Screen.FocusAsync();
        await person.AtGuestDesktopAsync("setsid xterm -T echo -xrm 'XTerm*allowWindowOps: true' -e sh -c 'stty raw -echo; touch /tmp/echo.open; exec perl /tmp/echo.pl' >/dev/null 2>&1 &");
        await Eventually.HoldsAsync(async () => (await person.InGuestAsync("test -e /tmp/echo.open && echo yes || echo no")).StartsWith('y'), "the terminal is open");
        await Task.Delay(3000);
        var times = new List<double>();
        for (var round = 1; round <= Rounds; round++)
        {
            var text = new string((char)('a' + (round % 26)), Length);
            await person.Page.EvaluateAsync("text => navigator.clipboard.writeText(text)", text);
            await person.Page.EvaluateAsync("() => window.addEventListener('keydown', () => { window.pastedAt ??= performance.now(); }, { capture: true, once: true })");
            await person.Page.Keyboard.PressAsync("Shift+Insert");
            times.Add(await person.Page.EvaluateAsync<double>(
                """
                async (want) => {
                  for (let last = performance.now() + 20_000; performance.now() < last;) {
                    if (await navigator.clipboard.readText() === want) {
                      const took = performance.now() - window.pastedAt;
                      window.pastedAt = undefined;
                      return took;
                    }
                    await new Promise((resolve) => setTimeout(resolve, 2));
                  }
                  throw new Error(`the clipboard has ${(await navigator.clipboard.readText()).slice(0, 20)} instead`);
                }
                """,
                $"{round}:{text}"));
            await Task.Delay(500);
        }

        return times;
    }
}
