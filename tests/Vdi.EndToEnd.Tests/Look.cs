using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>Looks at a page: keeps a picture, and notes what is wrong.</summary>
internal sealed partial class Look(IPage page, string locale, string variant, string[] names)
{
    private static readonly string[] Kept = ["Vdi", "English", "한국어", "Ctrl+Alt+Del"];

    private const string Words =
        """
        () => {
          const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !element.closest('[aria-hidden=true], [inert]');
          const words = [document.title];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) if (node.parentElement.tagName !== 'SCRIPT' && node.parentElement.tagName !== 'STYLE' && seen(node.parentElement)) words.push(node.data);
          for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) if (seen(element)) for (const name of ['aria-label', 'title', 'placeholder', 'alt']) words.push(element.getAttribute(name) ?? '');
          return words.map((text) => text.trim()).filter((text) => text !== '');
        }
        """;

    private const string Sticking =
        """
        () => [...document.querySelectorAll('body *')]
          .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('svg, .desk-scroll, .typing'))
          .map((element) => ({ element, box: element.getBoundingClientRect() }))
          .filter(({ box }) => box.width > 0 && (box.right > innerWidth + 1 || box.left < -1))
          .map(({ element, box }) => `${element.tagName}.${element.className} from ${Math.round(box.left)} to ${Math.round(box.right)}`)
          .concat(document.documentElement.scrollWidth > innerWidth ? [`the page is ${document.documentElement.scrollWidth} wide`] : [])
        """;

    /// <summary>Contrast of words with what is behind them, as WCAG 2.2 1.4.3 counts it; the picture of a desktop and gradients are
    /// left out, and controls that cannot be used.</summary>
    private const string Faint =
        """
        () => {
          const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
          const rgba = (colour) => { pixel.clearRect(0, 0, 1, 1); pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1); return [...pixel.getImageData(0, 0, 1, 1).data]; };
          const over = ([r, g, b, a], under) => [r, g, b].map((part, i) => (part * a + under[i] * (255 - a)) / 255);
          const light = (colour) => colour.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)).reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
          const behind = (element) => {
            if (!element) return [255, 255, 255];
            const style = getComputedStyle(element);
            if (style.backgroundImage !== 'none') return undefined;
            const own = rgba(style.backgroundColor);
            const rest = own[3] === 255 ? [0, 0, 0] : behind(element.parentElement);
            return rest && over(own, rest);
          };
          const faults = [];
          for (const element of document.querySelectorAll('body *')) {
            const words = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join(' ').trim();
            if (words === '' || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest(':disabled, [data-disabled], [inert], [aria-hidden=true], .typing, style, script')) continue;
            const under = behind(element);
            if (!under) continue;
            const style = getComputedStyle(element);
            const [one, two] = [light(over(rgba(style.color), under)), light(under)].sort((a, b) => b - a);
            const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
            const ratio = (one + 0.05) / (two + 0.05);
            if (ratio < (large ? 3 : 4.5)) faults.push(`${ratio.toFixed(1)} to 1: ${words}`);
          }
          return faults;
        }
        """;

    public List<string> Faults { get; } = [];

    /// <summary>The whole of a page that is higher than the window; what is at its bottom is looked at, too.</summary>
    public async Task SeeAllAsync(string what)
    {
        await page.WaitForTimeoutAsync(350);
        await page.EvaluateAsync("scrollTo(0, 0)");
        var size = page.ViewportSize!;
        var height = await page.EvaluateAsync<int>("document.documentElement.scrollHeight");
        await page.SetViewportSizeAsync(size.Width, Math.Max(size.Height, height));
        await SeeAsync(what);
        await page.SetViewportSizeAsync(size.Width, size.Height);
    }

    public async Task SeeAsync(string what)
    {
        // What fades or slides in is there after this.
        await page.WaitForTimeoutAsync(350);
        await RunningVdi.ScreenshotAsync(page, $"look-{what}-{variant}");
        Faults.AddRange((await page.EvaluateAsync<string[]>(Sticking)).Select(fault => $"{what} {variant}: sticks out: {fault}"));
        Faults.AddRange((await page.EvaluateAsync<string[]>(Faint)).Select(fault => $"{what} {variant}: too faint: {fault}"));
        if (locale.StartsWith("ko", StringComparison.Ordinal))
        {
            Faults.AddRange((await page.EvaluateAsync<string[]>(Words)).Where(IsEnglish).Select(words => $"{what} {variant}: not translated: {words}"));
        }
    }

    private bool IsEnglish(string words)
    {
        var rest = Kept.Concat(names).Aggregate(words, (text, kept) => text.Replace(kept, "", StringComparison.Ordinal));
        return Latin().IsMatch(rest) && !Hangul().IsMatch(rest);
    }

    [GeneratedRegex("[A-Za-z]{2}")]
    private static partial Regex Latin();

    [GeneratedRegex("[가-힣]")]
    private static partial Regex Hangul();
}
