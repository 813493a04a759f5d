function M(e){let t=new WeakMap;return n=>{let i=n.parentElement,r=t.get(i);r===void 0&&(r=e(n),t.set(i,r)),r.update(n);let o=r;return()=>{o.destroy(),t.delete(i)}}}function E(e){e.addEventListener("keydown",t=>{t.stopPropagation()})}function S(e,t){let n;return Object.assign(()=>{clearTimeout(n),n=setTimeout(t,e)},{cancel:()=>clearTimeout(n)})}function s(e,t={},...n){let i=document.createElement(e);for(let[r,o]of Object.entries(t))o==null||o===!1||i.setAttribute(r,o===!0?"":String(o));return _(i,n),i}function _(e,t){for(let n of t)n!=null&&e.appendChild(j(n))}function h(e,t,n={}){let i=s("button",{type:"button",...n},e);return i.addEventListener("click",t),i}var T="http://www.w3.org/2000/svg";function k(e){let t=document.createElementNS(T,"svg");t.setAttribute("viewBox","0 0 24 24"),t.setAttribute("aria-hidden","true"),t.setAttribute("class","icon");let n=document.createElementNS(T,"path");return n.setAttribute("d",e),t.appendChild(n),t}var N={chevronRight:"M9 6l6 6-6 6",columns:"M4 5h16v14H4zM9.5 5v14M15 5v14",group:"M4 6h6M4 12h6M4 18h6M14 6h6v12h-6z",close:"M6 6l12 12M18 6L6 18",more:"M12 5.5v.01M12 12v.01M12 18.5v.01",enlarge:"M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",reduce:"M20 10h-6V4M14 10l6-6M4 14h6v6M10 14l-6 6",hide:"M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6zM4 4l16 16",reset:"M4 12a8 8 0 1 0 2.5-5.8M4 4v4.5h4.5",grip:"M9 5v.01M15 5v.01M9 12v.01M15 12v.01M9 19v.01M15 19v.01",pin:"M9 4h6l-1 6 3 3H7l3-3zM12 13v7"};function j(e){return typeof e=="string"?document.createTextNode(e):e}function f(e){return e.toLocaleString("en").replaceAll(","," ")}function A(e){if(!(e>=0))return"";let t=e/1e3;if(t<1)return`${Math.round(e)} ms`;if(t<10)return`${t.toFixed(1)} s`;if(t<60)return`${Math.round(t)} s`;let n=Math.floor(t/60);if(n<60)return`${n} min ${Math.floor(t%60)} s`;let i=Math.floor(n/60);return i<24?`${i} h ${n%60} min`:`${Math.floor(i/24)} d ${i%24} h`}var pt=new Intl.DateTimeFormat("en-GB",{day:"numeric",month:"short",year:"numeric",hour:"2-digit",minute:"2-digit"});var B=1500;function x(e,t,n=""){let i=h(e,()=>{navigator.clipboard.writeText(t()).then(()=>r("Copied"),()=>r("Not allowed"))},{class:"quiet text","aria-label":n?`${e} ${n}`:null}),r=o=>{i.textContent=o,setTimeout(()=>i.textContent=e,B)};return i}function U(e){try{return JSON.parse(e),!0}catch{return!1}}function g(e){if(!U(e))return e;let t=e.trim();return t.startsWith('"')?JSON.parse(t):!t.startsWith("{")&&!t.startsWith("[")?t:G(t)}function G(e){let t=[],n=0,i=0,r=()=>t.push(`
`,"  ".repeat(n));for(;i<e.length;){let o=e.charAt(i);if(o==='"'){let a=V(e,i);t.push(e.slice(i,a)),i=a;continue}if(o==="{"||o==="["){let a=W(e,i+1);if(e[a]==="}"||e[a]==="]"){t.push(o,e.charAt(a)),i=a+1;continue}n+=1,t.push(o),r()}else o==="}"||o==="]"?(n-=1,r(),t.push(o)):o===","?(t.push(o),r()):o===":"?t.push(": "):/\s/.test(o)||t.push(o);i+=1}return t.join("")}function V(e,t){let n=t+1;for(;n<e.length&&e[n]!=='"';)n+=e[n]==="\\"?2:1;return n+1}function W(e,t){let n=t;for(;n<e.length&&/\s/.test(e.charAt(n));)n+=1;return n}function c(e){return e>=0?e===0?"0 ms":e<1?`${Math.max(1,Math.round(e*1e3))} µs`:e<10?`${e.toFixed(1)} ms`:A(e):""}function L(e){let t=10**Math.floor(Math.log10(e/2)),n=[5,2,1].map(r=>r*t).find(r=>r*2<=e)??t,i=[];for(let r=0;r*n<=e*1.0001;r+=1)i.push(r*n);return i}var O=3e3,$=40,R="exception";function D(e,t,n){let i=e.events.filter(a=>a.name===R),r=e.events.filter(a=>a.name!==R),o=Object.entries(e.attributes);return s("div",{class:"details"},s("h2",{title:e.name},e.name),q(e,t,n),e.message&&!i.length?s("p",{class:"message"},e.message):null,...i.map(K),H("Inputs",e.inputs,"None were logged."),H("Outputs",e.outputs,e.failed?"None: it failed.":"None were logged."),o.length?b(`Attributes · ${f(o.length)}`,!0,C(e.attributes)):null,r.length?b(`Events · ${f(r.length)}`,!1,...r.map(J)):null)}function q(e,t,n){let i=e.duration===null?"":`, ${X(e.duration/t)} of the trace`,r=e.duration===null?"still running":`took ${c(e.duration)}${i}`;return s("div",{class:"facts"},s("span",{class:"kind"},e.kind),e.failed?s("span",{class:"failed"},"Failed"):null,s("span",{},`began at ${c(e.start)}, ${r}`),x("Copy link",()=>n.linkTo(e)))}function K(e){let{attributes:t}=e,n=g(t["exception.type"]??"Exception"),i=g(t["exception.message"]??""),r=g(t["exception.stacktrace"]??"");return s("div",{class:"exception"},s("p",{},s("strong",{},n),i?`: ${i}`:""),r?w(r):null)}function H(e,t,n){let i=t?w(g(t)):s("p",{class:"nothing"},n);return b(e,!0,i)}function b(e,t,...n){return s("details",{open:t},s("summary",{},e),...n)}function C(e){let t=Object.entries(e).map(([n,i])=>s("div",{class:"pair"},s("dt",{},n),s("dd",{},w(g(i)))));return s("dl",{},...t)}function J(e){return s("div",{class:"event"},s("p",{},s("strong",{},e.name),` at ${c(e.at)}`),Object.keys(e.attributes).length?C(e.attributes):null)}function w(e){let t=e.split(`
`),n=e.length>O||t.length>$;if(!n&&t.length===1&&e.length<80)return s("pre",{class:"short"},e);let i=n?t.slice(0,$).join(`
`).slice(0,O):e,r=s("pre",{tabindex:0,"aria-label":"Logged text"},i),o=h(`Show all ${f(e.length)} signs`,()=>{r.textContent=e,o.remove(),r.focus()},{class:"quiet text"});return s("div",{class:"payload"},r,s("div",{class:"tools"},n?o:null,x("Copy",()=>e)))}function X(e){let t=e*100;return t>0&&t<1?"< 1 %":`${Math.round(t)} %`}var p=30,I=8,Q=14,Y=12;function P(e,t,n){let i=Math.max(0,Math.floor(e/p)-I),r=Math.min(n,Math.ceil((e+t)/p)+I);return[i,r]}function F(e,t,n,i,r){let{span:o}=e,a=Math.min(e.depth,Y)*Q,l=o.duration===null?"running":c(o.duration),d=[o.name,o.kind,o.failed?"failed":"",l].filter(Boolean).join(", "),u=s("div",{class:"row",role:"treeitem",id:i,"data-span":o.id,"aria-level":e.depth+1,"aria-posinset":e.place,"aria-setsize":e.siblings,"aria-selected":String(r.chosen),"aria-expanded":e.children?String(!r.folded):null,"aria-label":d},s("div",{class:"name"},e.children?Z():s("span",{class:"no-arrow"}),s("span",{class:"dot","data-kind":o.kind}),s("span",{class:"label",title:o.name},o.name)),tt(e,n),s("div",{class:"took"},l));return u.style.top=`${t*p}px`,u.style.setProperty("--indent",`${a}px`),u.classList.toggle("failed",o.failed),u.classList.toggle("found",r.found),u}function Z(){return s("span",{class:"arrow"},k(N.chevronRight))}function tt(e,t){let{start:n,duration:i}=e.span,r=Math.min(100,n/t*100),o=i===null?100-r:i/t*100,a=s("div",{class:"bar","data-kind":e.span.kind});return a.style.left=`${r}%`,a.style.width=`${Math.max(0,Math.min(o,100-r))}%`,s("div",{class:"lane"},a)}var m=class{nodes;length;parents=new Map;constructor(t){let n=new Map;for(let r of t){let o=n.get(r.parent);o?o.push(r):n.set(r.parent,[r]),this.parents.set(r.id,r.parent)}this.nodes=nt(n,t);let i=t.map(r=>r.start+(r.duration??0));this.length=Math.max(i.reduce((r,o)=>Math.max(r,o),0),.001)}visible(t){let n=[],i=1/0;for(let r of this.nodes)r.depth>i||(i=t.has(r.span.id)?r.depth:1/0,n.push(r));return n}above(t){let n=[],i=new Set([t]),r=this.parents.get(t);for(;r&&!i.has(r);)i.add(r),n.push(r),r=this.parents.get(r);return n}find(t){let n=t.trim().toLowerCase();if(!n)return new Set;let i=this.nodes.filter(({span:r})=>et(r).some(o=>o.toLowerCase().includes(n)));return new Set(i.map(({span:r})=>r.id))}};function et(e){return[e.name,e.kind,e.message,e.inputs,e.outputs,...Object.entries(e.attributes).flat(),...e.events.flatMap(t=>[t.name,...Object.values(t.attributes)])]}function nt(e,t){let n=[],i=new Set,r=[],o=(l,d)=>{for(let[u,y]of[...l.entries()].reverse())r.push({span:y,depth:d,children:e.get(y.id)?.length??0,place:u+1,siblings:l.length})},a=()=>{for(let l=r.pop();l;l=r.pop())i.has(l.span.id)||(i.add(l.span.id),n.push(l),o(e.get(l.span.id)??[],l.depth+1))};o(e.get("")??[],0),a();for(let l of t)i.has(l.id)||(o([l],0),a());return n}var rt=300,it=150,ot=28,st=0,v=class{prefix=`span-${st+=1}`;version=null;tree=new m([]);visible=[];folded=new Set;found=new Set;chosen="";root=s("div",{class:"trace-tree"});search=s("input",{type:"search",placeholder:"Search names, inputs, outputs","aria-label":"Search the spans"});matches=s("span",{class:"matches",role:"status"});axis=s("div",{class:"axis","aria-hidden":"true"});rows=s("div",{class:"rows",role:"tree",tabindex:0});scroll=s("div",{class:"scroll"},this.rows);side=s("div",{class:"side",role:"region","aria-label":"The chosen span"});searched=S(it,()=>{this.find()});sized;constructor(t,n){let i=h("Fold all",()=>this.foldAll(),{class:"quiet text"}),r=h("Unfold all",()=>this.unfoldAll(),{class:"quiet text"});this.root.append(s("style",{},n),s("div",{class:"bar-top"},this.search,this.matches,i,r),s("div",{class:"body"},s("div",{class:"left"},this.head(),this.scroll),this.side)),t.parentElement.append(this.root),E(this.root),this.search.addEventListener("input",this.searched),this.search.addEventListener("keydown",o=>{o.key==="Enter"&&this.goToNext(o.shiftKey?-1:1)}),this.scroll.addEventListener("scroll",()=>this.draw(),{passive:!0}),this.rows.addEventListener("click",o=>this.clicked(o)),this.rows.addEventListener("keydown",o=>this.pressed(o)),this.sized=new ResizeObserver(()=>this.draw()),this.sized.observe(this.scroll)}update(t){let{data:n}=t;if(this.rows.setAttribute("aria-label",n.label),this.root.style.setProperty("--tree-height",`${n.height}px`),this.version===n.version)return;let i=this.version===null;this.version=n.version,this.tree=new m(n.spans),i&&this.open(n.chosen),this.drawAxis(),this.find()}destroy(){this.searched.cancel(),this.sized.disconnect(),this.root.remove()}open(t){let{nodes:n}=this.tree;n.length>rt&&this.foldBelow(1);let i=n.find(({span:o})=>o.id===t),r=n.filter(({span:o})=>o.failed).reduce((o,a)=>o===void 0||a.depth>o.depth?a:o,void 0);this.chosen=(i??r??n[0])?.span.id??"",this.unfoldAbove(this.chosen)}head(){return s("div",{class:"head"},s("span",{},"Span"),this.axis,s("span",{class:"took"},"Took"))}drawAxis(){let{length:t}=this.tree,n=L(t),i=(n[1]??t)/t>.34,r=n.filter(o=>o/t<=.8||i);this.axis.replaceChildren(...r.map(o=>{let a=o/t,l=s("span",{class:a>.8?"last":""},c(o));return a>.8?l.style.right=`${(1-a)*100}%`:l.style.left=`${a*100}%`,l}))}arrange(){this.visible=this.tree.visible(this.folded),this.rows.style.height=`${this.visible.length*p}px`,this.scroll.style.maxHeight=`calc(var(--tree-height) - ${ot}px)`,this.draw()}draw(){let t=this.scroll.clientHeight||600,[n,i]=P(this.scroll.scrollTop,t,this.visible.length),r=this.visible.slice(n,i).map((a,l)=>F(a,n+l,this.tree.length,this.idOf(a.span),{chosen:a.span.id===this.chosen,folded:this.folded.has(a.span.id),found:this.found.has(a.span.id)}));this.rows.replaceChildren(...r);let o=r.find(a=>a.dataset.span===this.chosen);o?this.rows.setAttribute("aria-activedescendant",o.id):this.rows.removeAttribute("aria-activedescendant")}drawDetails(){let t=this.tree.nodes.find(({span:i})=>i.id===this.chosen),n={linkTo:i=>at(i)};this.side.replaceChildren(...t?[D(t.span,this.tree.length,n)]:[s("p",{class:"nothing"},"No span.")])}choose(t,n){this.chosen=t,n&&this.show(t),this.draw(),this.drawDetails()}show(t){let n=this.visible.findIndex(({span:a})=>a.id===t);if(n<0)return;let i=n*p,{scrollTop:r,clientHeight:o}=this.scroll;i<r?this.scroll.scrollTop=i:i+p>r+o&&(this.scroll.scrollTop=i+p-o)}idOf(t){return`${this.prefix}-${t.id}`}clicked(t){let n=t.composedPath().filter(r=>r instanceof HTMLElement),i=n.find(r=>r.classList.contains("row"))?.dataset.span;i!==void 0&&(n.some(r=>r.classList.contains("arrow"))?this.toggle(i):this.choose(i,!1))}pressed(t){let n=this.visible.findIndex(({span:o})=>o.id===this.chosen),i=this.visible[n],r=this.actionOf(t.key,n,i);r&&(t.preventDefault(),r())}actionOf(t,n,i){let r=l=>()=>{let d=this.visible[Math.max(0,Math.min(l,this.visible.length-1))];d&&this.choose(d.span.id,!0)};if(t==="ArrowDown")return r(n+1);if(t==="ArrowUp")return r(n-1);if(t==="Home")return r(0);if(t==="End")return r(this.visible.length-1);if(!i)return null;let o=i.span.id,a=this.folded.has(o);if(t==="ArrowRight"&&i.children)return a?()=>this.toggle(o):r(n+1);if(t==="ArrowLeft"){if(i.children&&!a)return()=>this.toggle(o);let l=this.visible.findIndex(({span:d})=>d.id===i.span.parent);return l<0?null:r(l)}return(t==="Enter"||t===" ")&&i.children?()=>this.toggle(o):null}toggle(t){this.folded.delete(t)||this.folded.add(t),this.arrange()}foldAll(){this.foldBelow(0);let t=[...this.tree.above(this.chosen)].pop();t&&(this.chosen=t),this.arrange(),this.drawDetails()}foldBelow(t){for(let n of this.tree.nodes)n.children&&n.depth>=t&&this.folded.add(n.span.id)}unfoldAll(){this.folded.clear(),this.arrange(),this.show(this.chosen)}unfoldAbove(t){for(let n of this.tree.above(t))this.folded.delete(n)}find(){this.found=this.tree.find(this.search.value);for(let n of this.found)this.unfoldAbove(n);let t=this.search.value.trim()!=="";this.matches.textContent=t?`${f(this.found.size)} found`:f(this.tree.nodes.length)+" spans",this.arrange(),this.drawDetails()}goToNext(t){let n=this.visible.map(({span:l},d)=>this.found.has(l.id)?d:-1).filter(l=>l>=0);if(!n.length)return;let i=this.visible.findIndex(({span:l})=>l.id===this.chosen),o=(t>0?n.find(l=>l>i):n.findLast(l=>l<i))??(t>0?n[0]:n.at(-1)),a=this.visible[o??0];a&&this.choose(a.span.id,!0)}};function at(e){let t=new URL(window.location.href);return t.searchParams.set("span",e.id),t.href}var z=`.trace-tree {
  --faint: var(--st-gray-text-color, #55636a);
  --line: var(--st-border-color);
  --soft: color-mix(in srgb, var(--st-primary-color) 12%, transparent);
  --step: var(--st-primary-color);
  display: flex;
  flex-direction: column;
  gap: 8px;
  font: 13px/1.4 var(--st-font);
  color: var(--st-text-color);
  font-variant-numeric: tabular-nums;
  container-type: inline-size;
}
.trace-tree * { box-sizing: border-box; }
.bar-top { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; }
.bar-top input {
  flex: 0 1 280px;
  min-width: 0;
  height: 32px;
  padding: 0 10px;
  border: 1px solid var(--line);
  border-radius: var(--st-base-radius, 8px);
  background: var(--st-background-color);
  color: inherit;
  font: inherit;
}
.matches { color: var(--faint); }
.bar-top .matches { flex: 1; }
.quiet { display: inline-flex; align-items: center; min-height: 24px; padding: 0 6px; border: 0; border-radius: 6px;
  background: none; color: var(--st-link-color); font: inherit; cursor: pointer; }
.quiet:hover { background: var(--soft); }
.body { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); min-height: 0;
  border: 1px solid var(--line); border-radius: var(--st-base-radius, 8px); overflow: hidden; }
.left { min-width: 0; border-right: 1px solid var(--line); }
.head, .row { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr) 72px; align-items: center; gap: 10px;
  padding: 0 10px; }
.head { height: 28px; border-bottom: 1px solid var(--line); color: var(--faint); font-size: 12px; }
.axis { position: relative; height: 100%; overflow: hidden; }
.axis span { position: absolute; top: 5px; padding-left: 4px; border-left: 1px solid var(--line); white-space: nowrap; }
.axis .last { padding: 0 4px 0 0; border-left: 0; border-right: 1px solid var(--line); }
.took { text-align: end; white-space: nowrap; color: var(--faint); }
.scroll { overflow: auto; }
.rows { position: relative; outline-offset: -2px; }
.row { position: absolute; left: 0; right: 0; height: 30px; cursor: pointer; }
.row:hover { background: var(--soft); }
.row[aria-selected="true"] { background: color-mix(in srgb, var(--st-primary-color) 18%, transparent); }
.row.found .label { text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: 3px; }
.name { display: flex; align-items: center; gap: 6px; min-width: 0; padding-left: var(--indent, 0); }
.label { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.row.failed :is(.label, .took) { color: var(--st-red-text-color); }
.arrow, .no-arrow { flex: none; display: grid; place-content: center; width: 20px; height: 24px; color: var(--faint); }
.arrow .icon { width: 14px; height: 14px; fill: none; stroke: currentColor; stroke-width: 2; transition: transform 0.12s; }
.row[aria-expanded="true"] .arrow .icon { transform: rotate(90deg); }
.dot { flex: none; width: 8px; height: 8px; border-radius: 50%; background: var(--step); }
.lane { position: relative; height: 14px; }
.bar { position: absolute; top: 2px; height: 10px; min-width: 2px; border-radius: 3px; background: var(--step); }
.row.failed .bar, .row.failed .dot { --step: var(--st-red-color, #c0392b); }
[data-kind="LLM"], [data-kind="CHAT_MODEL"] { --step: var(--st-violet-color, #7c5cd6); }
[data-kind="TOOL"], [data-kind="FUNCTION"] { --step: var(--st-orange-color, #c87a1a); }
[data-kind="RETRIEVER"], [data-kind="RERANKER"], [data-kind="EMBEDDING"] { --step: var(--st-green-color, #2a8f5b); }
[data-kind="PARSER"], [data-kind="UNKNOWN"] { --step: var(--st-gray-color, #7b8790); }
.side { min-width: 0; max-height: var(--tree-height); overflow: auto; padding: 12px 14px; }
.details { display: flex; flex-direction: column; gap: 10px; }
.details h2 { margin: 0; font: 600 15px/1.4 var(--st-font); overflow-wrap: anywhere; max-height: 6em; overflow: auto; }
.facts { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; color: var(--faint); }
.kind, .facts .failed { padding: 1px 8px; border-radius: 999px; background: var(--soft); color: var(--st-text-color); }
.facts .failed { background: var(--st-red-background-color); color: var(--st-red-text-color); }
.exception { padding: 8px 10px; border-left: 3px solid var(--st-red-color, #c0392b);
  background: var(--st-red-background-color); }
.exception p, .message { margin: 0 0 6px; overflow-wrap: anywhere; }
details { border-top: 1px solid var(--line); padding-top: 8px; }
summary { font-weight: 600; cursor: pointer; min-height: 24px; }
pre { margin: 0; padding: 8px 10px; max-height: 420px; overflow: auto; border-radius: 6px;
  background: var(--st-secondary-background-color); color: inherit; font: 12px/1.5 var(--st-code-font, monospace);
  white-space: pre-wrap; overflow-wrap: anywhere; }
pre.short { display: inline-block; padding: 1px 6px; }
.tools { display: flex; justify-content: flex-end; gap: 4px; }
dl { display: flex; flex-direction: column; gap: 8px; margin: 6px 0 0; }
dt { color: var(--faint); overflow-wrap: anywhere; }
dd { margin: 2px 0 0; }
.event p { margin: 6px 0 2px; }
.nothing { margin: 4px 0; color: var(--faint); }
:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.rows:focus-visible { outline-offset: -2px; }
@container (max-width: 820px) {
  .body { grid-template-columns: minmax(0, 1fr); }
  .left { border-right: 0; border-bottom: 1px solid var(--line); }
  .scroll { max-height: 320px !important; }
  .side { max-height: none; }
}
@container (max-width: 480px) {
  .head, .row { grid-template-columns: minmax(0, 6fr) minmax(0, 3fr) 60px; gap: 6px; }
  .axis span:nth-child(even) { display: none; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;var _t=M(e=>new v(e,z));export{_t as default};
