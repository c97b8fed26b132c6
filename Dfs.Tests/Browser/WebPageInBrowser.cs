using System.Globalization;
using System.Security.Cryptography;
using Dfs.Node.Cli;
using Dfs.Tests.Kit;
using Dfs.Tests.Processes;
using Xunit.Abstractions;

namespace Dfs.Tests.Browser;

/// <summary>What a person does with the web page of a three-node cluster, in a real Chromium. Pictures of it go to DFS_WEB_PICTURES, if that names a folder.</summary>
[Collection(OneByOne.Name)]
public sealed class WebPageInBrowser(ITestOutputHelper output) : IDisposable
{
    private const string Bucket = "papers";

    private static readonly (int Width, int Height)[] Sizes = [(1280, 800), (390, 844)];

    private readonly TempFolder _folder = new();
    private readonly HashSet<string> _hurdles = [];
    private readonly WebPageScale _scale = WebPageScale.OfEnvironment();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_are_stored_paused_browsed_restored_and_shared_and_a_killed_node_is_shown()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        await using var browser = await Chromium.StartAsync();
        var tab = await browser.OpenAsync(nodes[0].Url);
        await tab.ShowAsync(1280, 800);

        await LogInAsync(tab, nodes[0]);
        await MakeBucketAsync(tab);
        await StoreFolderAsync(tab, nodes[1]);
        await PauseAndResumeAsync(tab, nodes[1]);
        await RestoreAsync(tab, nodes[1]);
        var shared = await ShareAsync(tab, browser);
        await BrowseManyAsync(tab, nodes[0]);
        await ShowKillAsync(tab, nodes[2]);

        await tab.ClickAsync("Log out");
        await tab.UntilAsync("document.activeElement.id === 'token'");
        Assert.Empty(tab.Complaints);
        Assert.Empty(shared.Complaints);
        Assert.True(_hurdles.Count == 0, string.Join('\n', _hurdles));
    }

    private async Task LogInAsync(BrowserTab tab, NodeProcess node)
    {
        await tab.UntilAsync("document.activeElement?.id === 'token'");
        await LookAsync(tab, "login");
        await tab.TypeAsync(await File.ReadAllTextAsync(node.TokenFile));
        await tab.PressAsync("Enter");
        await tab.UntilAsync("document.querySelector('.health')?.dataset.kind === 'good'");
    }

    private async Task MakeBucketAsync(BrowserTab tab)
    {
        await tab.ClickAsync("New bucket");
        await LookAsync(tab, "dialog");
        await tab.TypeAsync(Bucket);
        await tab.ClickAsync("Create");
        await tab.UntilAsync($"location.hash === '#/files/{Bucket}' && document.querySelector('.empty')?.innerText.startsWith('Nothing here')");
    }

    private async Task StoreFolderAsync(BrowserTab tab, NodeProcess node)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "letters", "old"));
        for (var i = 0; i < _scale.FileCount; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder.Parent!.FullName, NameOf(i)), Content.Bytes(i, 1000 + (i * 997)));
        }

        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "first.txt"), "the first letter");

        await tab.DropAsync(folder.Parent!.FullName);

        await tab.UntilAsync($"document.querySelector('.uploads h2').innerText.startsWith('{_scale.FileCount + 1} files stored')", _scale.Patience);
        await tab.ClickAsync("letters/");
        await tab.UntilAsync($"document.querySelector('.count').innerText === '{_scale.FileCount + 1} names'");
        await LookAsync(tab, "files");
        for (var i = 0; i < _scale.FileCount; i++)
        {
            Assert.Equal(Content.Bytes(i, 1000 + (i * 997)), await FetchAsync(node, "letters/" + NameOf(i)));
        }

        Assert.Equal("the first letter"u8.ToArray(), await FetchAsync(node, "letters/old/first.txt"));
    }

    private async Task PauseAndResumeAsync(BrowserTab tab, NodeProcess node)
    {
        var file = Path.Combine(_folder.Path, "film.bin");
        await using (var target = File.Create(file))
        {
            await using var content = new Content(77, _scale.LargeBytes);
            await content.CopyToAsync(target);
        }

        await tab.ClickAsync(Bucket);
        // Two parts arrive; however long the looking and the clicking take, the upload can't end by itself.
        await tab.HoldAsync([.. Enumerable.Range(3, 7).Select(digit => $"*/v1/uploads/*/{digit}*")]);
        await tab.DropAsync(file);
        await tab.UntilAsync("import('/page/js/uploads.js').then(({ uploads }) => uploads.all[0]?.done.size >= 2)", _scale.Patience);
        await LookAsync(tab, "uploading", everySize: false);
        await tab.ClickAsync("Pause film.bin");
        var paused = (string)(await tab.UntilAsync("document.querySelector('.upload .small').innerText.match(/^Paused at .*/)?.[0]"))!;
        await LookAsync(tab, "paused");
        Assert.Null(await FetchAsync(node, "film.bin"));

        // The page is closed and opened again: the parts that are durable are not sent once more.
        await tab.ReloadAsync();
        await tab.UntilAsync("document.querySelector('.row')");
        await tab.DropAsync(file);
        var kept = (int)(await tab.UntilAsync("import('/page/js/uploads.js').then(({ uploads }) => uploads.all[0]?.id && uploads.all[0].done.size)"))!;
        await tab.LetGoAsync();
        await tab.UntilAsync("document.querySelector('.uploads h2').innerText.startsWith('1 file stored')", _scale.Patience);

        output.WriteLine($"{paused}; after the page was opened again {kept} parts were there");
        Assert.InRange(kept, 2, int.MaxValue);
        using var client = node.Connect();
        using var answer = await client.GetAsync(Bucket, "film.bin", CancellationToken.None);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        Assert.Equal(Content.HashOf(77, _scale.LargeBytes), await SHA256.HashDataAsync(stream));
    }

    private async Task RestoreAsync(BrowserTab tab, NodeProcess node)
    {
        foreach (var text in new[] { "one", "two" })
        {
            using var client = node.Connect();
            await client.PutAsync(Bucket, "diary.txt", new StringContent(text), CancellationToken.None);
        }

        await tab.ClickAsync("letters/");
        await tab.ClickAsync(Bucket);
        await tab.ClickAsync("diary.txt");
        await tab.UntilAsync("document.querySelector('.preview-text pre')?.innerText === 'two'");
        await LookAsync(tab, "details");
        var older = (string)(await tab.UntilAsync("document.querySelector('[aria-label^=\"Restore the version\"]')?.getAttribute('aria-label')"))!;
        await tab.ClickAsync(older);
        await tab.UntilAsync("document.querySelector('.preview-text pre')?.innerText === 'one'");
        Assert.Equal("one"u8.ToArray(), await FetchAsync(node, "diary.txt"));

        await tab.ClickAsync("Delete");
        await tab.UntilAsync("document.getElementById('toasts').innerText.includes('Deleted “diary.txt”')");
        await tab.UntilAsync("![...document.querySelectorAll('.row .label')].some((label) => label.innerText === 'diary.txt')");
        Assert.Null(await FetchAsync(node, "diary.txt"));
        await tab.ClickAsync("Deleted files too");
        await tab.ClickAsync("diary.txt");
        await tab.ClickAsync("Undelete");
        await tab.UntilAsync("document.querySelector('.preview-text pre')?.innerText === 'one'");
        Assert.Equal("one"u8.ToArray(), await FetchAsync(node, "diary.txt"));
    }

    private async Task<BrowserTab> ShareAsync(BrowserTab tab, Chromium browser)
    {
        await tab.ClickAsync("Make a link");
        await LookAsync(tab, "share-dialog");
        await tab.ClickAsync("Make the link");
        var link = (string)(await tab.UntilAsync("document.getElementById('share-link')?.value"))!;
        await tab.ClickAsync("Close");
        await tab.UntilAsync("document.querySelector('[aria-label=\"Share links\"] li')?.innerText.includes('until')");

        var stranger = await browser.OpenAsync(link);
        await stranger.UntilAsync("document.querySelector('h1')?.innerText === 'diary.txt' && document.querySelector('pre')?.innerText === 'one'");
        await LookAsync(stranger, "shared");
        Assert.Equal(401, (int)(await stranger.EvaluateAsync("fetch('/v1/status').then((answer) => answer.status)"))!);
        Assert.Single(stranger.TakeComplaints(), said => said.Contains("401", StringComparison.Ordinal));

        var takeBack = (string)(await tab.UntilAsync("document.querySelector('[aria-label^=\"Take back the link\"]').getAttribute('aria-label')"))!;
        await tab.ClickAsync(takeBack);
        await tab.UntilAsync("!document.querySelector('[aria-label=\"Share links\"] li')");
        await stranger.ReloadAsync();
        await stranger.UntilAsync("document.querySelector('h1')?.innerText === 'The link does not open'");
        Assert.Single(stranger.TakeComplaints(), said => said.Contains("403", StringComparison.Ordinal));
        return stranger;
    }

    private async Task BrowseManyAsync(BrowserTab tab, NodeProcess node)
    {
        using var client = node.Connect();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, _scale.NameCount), new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, stop) => await client.PutAsync("files", "many/" + NameOf(i), new ByteArrayContent([1]), stop));

        // However long the names take, those of the bucket before are gone at once.
        await tab.UntilAsync("document.querySelectorAll('.row').length > 0");
        await tab.EvaluateAsync("{ const real = window.fetch; window.fetch = (address, options) => String(address).includes('/v1/files') ? new Promise((go) => { window.letGo = () => { window.fetch = real; go(); }; }).then(() => real(address, options)) : real(address, options); }");
        await tab.ClickAsync("files");
        await tab.UntilAsync("document.querySelector('.count').innerText === 'Reading…' && window.letGo");
        Assert.Equal(0, (int)(await tab.EvaluateAsync("document.querySelectorAll('.row').length"))!);
        // What the node says while it reads names; when it says so is tested without a browser.
        await tab.EvaluateAsync("{ const held = window.fetch; window.fetch = async (address, options) => { const answer = await held(address, options); if (String(address) !== '/v1/owners') return answer; const said = await answer.json(); return Response.json({ owners: said.owners.map((owner) => ({ ...owner, readingNames: 34000 })) }); }; }");
        await tab.UntilAsync("document.querySelector('.empty').innerText === 'Reading names: 34,000 so far'");
        await LookAsync(tab, "reading");
        await tab.EvaluateAsync("window.beganAt = performance.now(); letGo()");
        var first = await tab.UntilAsync("document.querySelectorAll('.row').length > 0 && performance.now() - beganAt", _scale.Patience);
        await tab.UntilAsync("find.place('many/')", _scale.Patience);
        await tab.EvaluateAsync("window.beganAt = performance.now(); true");
        await tab.ClickAsync("many/");
        var inFolder = await tab.UntilAsync($"document.querySelector('.row .label')?.innerText === '{NameOf(0)}' && performance.now() - beganAt", _scale.Patience);
        await tab.UntilAsync($"document.querySelector('.count').innerText === '{_scale.NameCount.ToString("N0", CultureInfo.InvariantCulture)} names'", _scale.Patience);
        var all = await tab.EvaluateAsync("performance.now() - beganAt");
        output.WriteLine($"{_scale.NameCount} names: the bucket's rows after {(double)first / 1000:0.0} s; of their folder the first after {(double)inFolder / 1000:0.00} s, all of them after {(double)all! / 1000:0.0} s");
        await tab.EvaluateAsync("document.querySelector('.grid').focus(); window.gaps = []; let last = performance.now(); const frame = (now) => { gaps.push(now - last); last = now; requestAnimationFrame(frame); }; requestAnimationFrame(frame);");
        await tab.PressAsync("End");
        await tab.UntilAsync($"document.querySelector('.row.at .label')?.innerText === '{NameOf(_scale.NameCount - 1)}'");
        await tab.PressAsync("Home");
        await tab.PressAsync("ArrowDown");
        await tab.UntilAsync($"document.querySelector('.row.at .label')?.innerText === '{NameOf(1)}'");
        await tab.EvaluateAsync("new Promise((done) => { const list = document.querySelector('.grid-body'); let step = 0; const scroll = () => { list.scrollTop = (step += 1) * list.scrollHeight / 200; if (step < 200) requestAnimationFrame(scroll); else done(true); }; scroll(); })");

        // However many there are, few are elements.
        Assert.InRange((int)(await tab.EvaluateAsync("document.querySelectorAll('.row').length"))!, 10, 60);
        var gaps = (await tab.EvaluateAsync("gaps.sort((a, b) => b - a)"))!.AsArray();
        output.WriteLine($"{_scale.NameCount} names: of {gaps.Count} frames the longest took {(double)gaps[0]!:0} ms, the tenth longest {(double)gaps[9]!:0} ms");
        await LookAsync(tab, "many", everySize: false);
    }

    private async Task ShowKillAsync(BrowserTab tab, NodeProcess killed)
    {
        await tab.ClickAsync("Cluster");
        await tab.UntilAsync("document.querySelectorAll('.node[data-state=up]').length === 3 && document.querySelectorAll('.chart .now').length === 6");
        await LookAsync(tab, "cluster");

        var clock = System.Diagnostics.Stopwatch.StartNew();
        killed.Kill();
        await tab.UntilAsync($"document.querySelector('.node[data-name={killed.Name}]').dataset.kind === 'bad' && document.querySelector('.health').dataset.kind === 'warn'", _scale.KillShownWithin);
        output.WriteLine($"shown {clock.Elapsed.TotalSeconds:0.0} s after the kill");
        await tab.UntilAsync("document.querySelector('.health').innerText.includes('no node may fail')");
        Assert.Equal(1, (int)(await tab.UntilAsync("new Set([...document.querySelectorAll('.node')].map((node) => Math.round(node.getBoundingClientRect().top))).size"))!);
        await LookAsync(tab, "killed");
    }

    // Both widths and both colours: nothing is in anybody's way.
    private async Task LookAsync(BrowserTab tab, string name, bool everySize = true)
    {
        foreach (var (width, height) in everySize ? Sizes : Sizes[..1])
        {
            foreach (var isDark in new[] { false, true })
            {
                await tab.ShowAsync(width, height, isDark);
                var hurdles = await tab.HurdlesAsync();
                if (Environment.GetEnvironmentVariable("DFS_WEB_PICTURES") is { Length: > 0 } pictures)
                {
                    await tab.PictureAsync(Path.Combine(pictures, $"{name}-{width}-{(isDark ? "dark" : "light")}.png"));
                }

                _hurdles.UnionWith(hurdles.Select(hurdle => $"{name}, {width} wide, {(isDark ? "dark" : "light")}: {hurdle}"));
            }
        }

        await tab.ShowAsync(1280, 800);
    }

    private static string NameOf(int i) => string.Create(CultureInfo.InvariantCulture, $"{i:D6}.txt");

    private static async Task<byte[]?> FetchAsync(NodeProcess node, string key)
    {
        using var client = node.Connect();
        try
        {
            using var answer = await client.GetAsync(Bucket, key, CancellationToken.None);
            return await answer.Content.ReadAsByteArrayAsync();
        }
        catch (CliException refused) when (refused.ExitCode == ExitCode.NotFound)
        {
            return null;
        }
    }
}
